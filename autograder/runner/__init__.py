"""Running student code where it can do no harm: see ``worker`` for the grader's side of it."""
