"""Reports: pure functions of result records, in HTML, Markdown, plain text, JSON and JUnit XML."""
