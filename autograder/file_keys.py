"""The keys of the files that authors write, each with its meaning in a sentence of Markdown.

The validators take their known keys from here, and the reference of file formats is made from
here: a key without a meaning cannot be accepted.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What a mapping must and may hold.

    Attributes
    ----------
    required, optional : mapping of str to str
        From a key to its meaning.
    """

    required: Mapping[str, str] = field(default_factory=dict)
    optional: Mapping[str, str] = field(default_factory=dict)

    @property
    def known(self) -> tuple[str, ...]:
        """All keys, those that are needed first."""
        return (*self.required, *self.optional)


_INPUTS = "replace those of the question, by name"
_OMIT = "arguments that are left out of the call, from the last one backwards, so that the default "

ASSIGNMENT = Keys(
    required={
        "title": "shown on pages and in the notebook's record",
        "reference": "a `.py` file of the folder, or a module such as `reference.rnn_cell`",
        "questions": "a list, in the order in which they are graded",
    },
    optional={
        "carried": "functions of earlier assignments that students paste in: no points, and "
        "replaced by the grader's where they are wrong. The reference must have them (import them "
        "there)",
        "limits": "what the calls of each function may use",
        "counterexample": "`always` (default), `after-deadline` or `never`: whether the smallest "
        "failing case is shown; `after-deadline` goes by the due date in nbgrader's gradebook, a "
        "student's extension included, and hides the case where there is none",
        "dims": "sizes: a name with a size, an inclusive range or an expression of other sizes",
        "draws": "named inputs that questions share; drawn once a case, when first used",
    },
)

LIMITS = Keys(
    optional={
        "seconds": "CPU seconds of all its calls; 2 unless said otherwise",
        "memory_mb": "megabytes on top of the start; 512 unless said otherwise",
    }
)

QUESTION = Keys(
    required={
        "function": "the name that students define",
        "title": "one line on pages",
        "points": "the sum of its groups' points",
        "arguments": "name and expression, **in the order of the call**: they are passed by "
        "position",
        "returns": "what comes back: one key for the value itself, several for a tuple in this "
        "order",
        "groups": "cases that carry points",
    },
    optional={
        "needs": "questions or carried functions that it calls. Where those are wrong, it is "
        "graded again with the grader's in their place, and earns the better of the two: an error "
        "costs once",
        "given": "inputs that are drawn before the arguments and usable in their expressions, but "
        "not passed",
        "dims": "sizes for this question",
        "tolerance": "largest accepted difference, relative to the largest entry of the expected "
        "array; `1.0e-7` unless said otherwise",
        "limits": "for this function",
        "fresh": "`true` where an argument that comes back, or is in what comes back, counts as "
        "one that was not left alone: what is asked for is new",
        "properties": "derivatives that `check` tries in the student's own kernel",
    },
)

GROUP = Keys(
    required={
        "name": "shown to students; say what it tries",
        "points": "shared equally by the outputs",
    },
    optional={
        "check": "`values` (default), `purity`, `manners`, `quiet`, `raises` or `judge`",
        "cases": "how many; 1 unless said otherwise. All must be right",
        "dims": "sizes for this group",
        "vary": "a list of `dims`; each is used for `cases` cases",
        "given": _INPUTS,
        "arguments": _INPUTS,
        "omit": f"{_OMIT}is tried",
        "raises": "with `check: raises`: the exception's name",
        "judge": "with `check: judge`: a function of `judges.py`",
    },
)

PROPERTY = Keys(
    required={
        "of": "the function that is derived; its arguments are inputs of the same names",
        "gradients": "from an argument of `of`, or an entry of one, to the output that is its "
        "gradient",
    },
    optional={
        "result": "which of the values of `of` is derived, by position",
        "project": "the upstream gradient, an expression; needed where the result is no single "
        "number",
        "reuse": "arguments that are taken from what `of` returned, by position, such as a cache",
    },
)

MISCONCEPTION = Keys(
    required={
        "id": "unique in the file",
        "function": "a function of the reference",
        "hint": "`en` and `zh`: where to look, not what to type",
        "change": "a list of replacements in the function's source",
        "evidence": "where it was seen: a list of addresses, or `[experience]`",
    },
    optional={"twins": "ids of those that cannot be told apart by any case"},
)

CHANGE = Keys(
    required={
        "old": "stands exactly once in the function's source without its docstring",
        "new": "what stands in its place",
    }
)

SAMPLE = Keys(
    required={"about": "one line, shown beside the marks"},
    optional={
        "base": "`solved` (default) or `stub`: what the cells hold that `cells` does not name",
        "cells": "from a function, asked for or pasted in, to the source of its cell",
        "add": "sources of cells that come after the first two",
        "tamper": "what happens to the file: `cut_off`, `drop_labels`, `duplicate_tests`, "
        "`delete_tests`, `skip_tags`, `other_assignment` or `no_file`",
        "status": "what it must get; `graded` unless said otherwise",
        "score": "what it must get; 0 unless said otherwise",
    },
)

AUDIT = Keys(
    optional={
        "accepted": "mutants that may survive, each with a reason",
        "domain": "from a function to inputs that its documentation allows, besides those of its "
        "groups of cases: what is the same on all of these is no mistake",
    }
)

ACCEPTED = Keys(
    required={
        "mutant": "as the audit writes it, such as `f: return x / m -> return x // m`",
        "reason": "why no case has to notice it",
    },
    optional={
        "equivalent": "`true` where it is no mistake; else it still counts in the mutation score"
    },
)

DOMAIN = Keys(
    required={"name": "which part of the inputs this is"},
    optional={
        "dims": "sizes for these inputs",
        "vary": "a list of `dims`; each is used once",
        "given": _INPUTS,
        "arguments": _INPUTS,
        "omit": f"{_OMIT}is used",
    },
)
