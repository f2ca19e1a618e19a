"""The reference pages of the site, made from the code while MkDocs builds it.

The commands come from the parser, the keys of authors' files from the validators' own tables, the
record from its dataclasses and their docstrings. Nothing here names an option or a key.
"""

import argparse
import inspect
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from autograder import cli, file_keys, score
from autograder.course import SECRET_VARIABLE
from autograder.file_keys import Keys
from autograder.runner import probe

RECORDS = (
    score.Result, score.QuestionResult, score.CheckResult, score.Diagnosis, score.Counterexample,
    score.CellResult,
)  # fmt: skip

# The sections of each file, in the order in which they are nested.
ASSIGNMENT_FILES: Mapping[str, Mapping[str, Keys]] = {
    "assignment.yaml": {
        "At the top": file_keys.ASSIGNMENT,
        "An entry of `questions`": file_keys.QUESTION,
        "An entry of `groups`": file_keys.GROUP,
        "An entry of `properties`": file_keys.PROPERTY,
        "`limits`": file_keys.LIMITS,
    },
    "misconceptions.yaml": {
        "An entry of the list": file_keys.MISCONCEPTION,
        "An entry of `change`": file_keys.CHANGE,
    },
    "samples.yaml": {"What stands under a student's name": file_keys.SAMPLE},
    "audit.yaml": {
        "At the top of audit.yaml": file_keys.AUDIT,
        "An entry of `accepted`": file_keys.ACCEPTED,
        "An entry of `domain`, under a function's name": file_keys.DOMAIN,
    },
}
ABOUT = {
    "assignment.yaml": "What is graded. Unknown and repeated keys are errors.",
    "misconceptions.yaml": "Known mistakes, a list. Of entries that fit equally well the first is "
    "named.",
    "samples.yaml": "A sample class: from a name to what this invented student hands in.",
    "audit.yaml": "What the audit may accept.",
}

EXIT_STATUS = [
    (f"{cli.GRADED}", "all went well"),
    (
        f"{cli.SOME_UNGRADED}",
        "some submission could not be graded (each is named), some function does not pass "
        "(`check`), or the grader met a fault",
    ),
    (f"{cli.WRONG_USAGE}", "wrong usage"),
    ("130, 143", "stopped by Ctrl-C or SIGTERM; what was graded is kept"),
]
ENVIRONMENT = [
    (
        f"`{SECRET_VARIABLE}`",
        "the course's secret, where the course folder is a fresh checkout without its file",
    ),
    (
        f"`{probe.VARIABLE}`",
        f"`{probe.WALLED}` or `{probe.CONFINED}`: grade under this isolation or not at all; the "
        "strongest that is possible unless set",
    ),
]


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the pages; called by MkDocs."""
    for name, text in reference_pages().items():
        files.append(File.generated(config, f"reference/{name}", content=text))
    return files


def reference_pages() -> Mapping[str, str]:
    """Every page by the name of its file."""
    return {
        "commands.md": "\n".join(_commands_page()),
        "assignment-files.md": "\n".join(_assignment_files_page()),
        "record.md": "\n".join(_record_page()),
    }


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = (head, ("---",) * len(head), *rows)
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def subcommands(parser: argparse.ArgumentParser) -> Mapping[str, argparse.ArgumentParser]:
    """The parser of each command."""
    (action,) = (a for a in parser._actions if isinstance(a, argparse._SubParsersAction))
    return dict(action.choices)


def _commands_page() -> Iterator[str]:
    parser = cli.build_parser()
    yield "# Commands\n"
    yield "`autograder COMMAND --help` says the same in a terminal.\n"
    commands = subcommands(parser)
    yield _table(
        ("command", "what it does"),
        [(f"[`{name}`](#{name})", str(each.description)) for name, each in commands.items()],
    )
    yield "## Exit status\n"
    yield _table(("status", "meaning"), EXIT_STATUS)
    yield "## Environment\n"
    yield _table(("variable", "meaning"), ENVIRONMENT)
    for name, command in commands.items():
        yield from _command(name, command)


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    yield f"## {name}\n"
    yield f"{command.description}\n"
    formatter = argparse.HelpFormatter(prog=command.prog, width=88)
    formatter.add_usage(None, command._actions, command._mutually_exclusive_groups, prefix="")
    yield f"```text\n{formatter.format_help().rstrip()}\n```\n"
    rows = [
        (_invocation(action), _meaning(action))
        for action in command._actions
        if not isinstance(action, argparse._HelpAction)
    ]
    if rows:
        yield _table(("argument", "meaning"), rows)


def _invocation(action: argparse.Action) -> str:
    value = action.metavar or (action.dest if not action.option_strings else None)
    if action.nargs == 0 or value is None:
        return f"`{action.option_strings[0]}`"
    return f"`{' '.join([*action.option_strings[:1], str(value)])}`"


def _meaning(action: argparse.Action) -> str:
    said = action.help or ""
    if action.choices:
        said += f": one of {', '.join(f'`{choice}`' for choice in action.choices)}"
    if action.required and action.option_strings:
        said += " (needed)"
    return said


def _assignment_files_page() -> Iterator[str]:
    yield "# Files of an assignment\n"
    yield (
        "[Writing an assignment](../writing-an-assignment.md) shows them at work and explains "
        "checks, kinds of outputs, sizes and expressions.\n"
    )
    for name, sections in ASSIGNMENT_FILES.items():
        yield f"## {name}\n"
        yield f"{ABOUT[name]}\n"
        for title, keys in sections.items():
            yield f"### {title}\n"
            rows = [(f"`{key}`", "needed", said) for key, said in keys.required.items()]
            rows += [(f"`{key}`", "", said) for key, said in keys.optional.items()]
            yield _table(("key", "", "meaning"), rows)


def _record_page() -> Iterator[str]:
    yield "# The result record\n"
    yield (
        "`results/<assignment>/<student>.json`, and what `grade --notebook FILE --json -` prints. "
        "Pages, exports and the class report are functions of it. Later versions may add keys and "
        "rename none. Numbers that JSON lacks (NaN, infinities) are `null`.\n"
    )
    for record in RECORDS:
        yield f"## {record.__name__}\n"
        first = _docstring(record).split("\n\n")[0]
        yield f"{_place(record)}{_markdown(first)}\n"
        meanings = attributes(record)
        yield _table(
            ("key", "type", "meaning"),
            [
                (f"`{field.name}`", f"`{_type(field.type)}`", meanings[field.name])
                for field in fields(record)
            ],
        )


def _place(record: type[Any]) -> str:
    """Where in the record it stands."""
    for parent in RECORDS:
        for field in fields(parent):
            if re.search(rf"\b{record.__name__}\b", str(field.type)):
                one = "An entry of" if "tuple" in str(field.type) else "What stands under"
                return f"{one} `{field.name}`. "
    return ""


def _docstring(record: type[Any]) -> str:
    return inspect.getdoc(record) or ""


def attributes(record: type[Any]) -> Mapping[str, str]:
    """The meaning of each attribute in a numpydoc docstring, as Markdown."""
    section = _docstring(record).partition("Attributes\n----------\n")[2]
    found: dict[str, str] = {}
    for names, meaning in re.findall(r"^(\S.*?) : .*\n((?:    .*\n?)+)", section, re.M):
        text = " ".join(line.strip() for line in meaning.splitlines())
        found |= dict.fromkeys(names.split(", "), _markdown(text))
    return found


def _markdown(text: str) -> str:
    return text.replace("``", "`").replace("\n", " ")


def _type(annotation: Any) -> str:
    name = annotation if isinstance(annotation, str) else inspect.formatannotation(annotation)
    name = re.sub(r"\b(?:[a-z_]+\.)+(?=[A-Z])", "", name)
    name = re.sub(r"tuple\[(\w+), \.\.\.\]", r"list of \1", name)
    name = re.sub(r"Mapping\[str, (\w+)\]", r"object of \1", name)
    name = re.sub(r"Literal\[(.*)\]", "str", name)
    name = name.replace(" | None", " or null").replace("bool", "true or false")
    return name.replace("str", "text").replace("float", "number")
