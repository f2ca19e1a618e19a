"""Which submissions are alike in what the rest of the class did not write.

Short functions of a course are alike for good reasons: there is one formula, and the stub was the
same for all. So only the uncommon counts. `copydetect` turns each function into winnowed
fingerprints, in which names and comments do not matter; those that were handed out or that several
students share are dropped, and pairs are measured by what is left.

Source of the method: Schleimer, Wilkerson, Aiken, "Winnowing: local algorithms for document
fingerprinting", SIGMOD 2003.
"""

import ast
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from hashlib import blake2b
from itertools import combinations, islice

from autograder.course import Course
from autograder.errors import NotebookError
from autograder.notebook import Cell, read_notebook
from autograder.report.class_report import SimilarPair
from autograder.spec import Assignment
from autograder.submissions import list_submissions

# A fingerprint stands for this many characters of code in which each name is one letter.
_GRAM, _WINDOW = 18, 6
_COMMON_SHARE = 0.05  # what more of the class wrote than this is nobody's own
_COMMON_LEAST = 3
_LEAST_SHARED = 6  # fingerprints: a line or two by chance is no evidence
_LEAST_SIMILARITY = 0.5
_MOST_PAIRS = 30
_LONGEST = 50_000  # characters of a cell: more than anybody writes, and a second of looking at it

Fingerprints = Mapping[str, frozenset[int]]  # by function


def find_similar(
    submissions: Mapping[str, Mapping[str, str]], handed_out: Iterable[str] = ()
) -> tuple[SimilarPair, ...]:
    """Pairs of students whose code shares what is rare in the class, the most telling first.

    What two students alone wrote tells more than what twenty did, and a whole notebook more than a
    function; so each shared fingerprint counts the more, the fewer have it.

    Parameters
    ----------
    submissions : mapping of str to mapping of str to str
        By student, the source of each function.
    handed_out : iterable of str
        Code that everybody was given.

    Returns
    -------
    tuple of SimilarPair
        At most 30; of a group of ``n`` that wrote the same, ``n - 1``. ``similarity`` is the share
        of the smaller one's rare fingerprints that the other has too. It says where to look, and no
        more.
    """
    given = frozenset[int]().union(*(_fingerprints(code) for code in handed_out))
    prints = {
        student: {name: _fingerprints(code) - given for name, code in functions.items()}
        for student, functions in submissions.items()
    }
    common = _common(prints)
    rare = {
        student: {name: found - common for name, found in functions.items()}
        for student, functions in prints.items()
    }
    pairs = [
        (-evidence, pair.first, pair.second, pair)
        for first, second, evidence in _candidates(rare)
        if (pair := _compare(first, rare[first], second, rare[second])) is not None
    ]
    ordered = (pair for *_, pair in sorted(pairs, key=lambda entry: entry[:3]))
    return tuple(islice(_linking(ordered), _MOST_PAIRS))


def similar_submissions(course: Course, assignment: Assignment) -> tuple[SimilarPair, ...]:
    """Pairs among what was handed in for an assignment."""
    names = [question.function for question in assignment.questions]
    found = {}
    for submitted in list_submissions(course, assignment.name):
        if submitted.notebook is not None:
            with suppress(NotebookError):
                cells = read_notebook(submitted.notebook).code_cells
                found[submitted.student] = functions_of(cells, names)
    given: Sequence[str] = ()
    with suppress(NotebookError):
        released = read_notebook(course.release(assignment.name)).code_cells
        given = list(functions_of(released, names).values())
    return find_similar(found, given)


def functions_of(cells: Sequence[Cell], names: Iterable[str]) -> dict[str, str]:
    """The source of each named function in a notebook's code cells; the last definition counts."""
    wanted = set(names)
    found: dict[str, str] = {}
    for cell in cells:
        try:
            found |= _definitions(cell.source, wanted)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            if cell.grade_id in wanted:
                found[str(cell.grade_id)] = cell.source[:_LONGEST]
    return found


def _definitions(source: str, wanted: Set[str]) -> dict[str, str]:
    if len(source) > _LONGEST:
        raise ValueError("too long to be taken apart")
    return {
        node.name: ast.unparse(_without_docstring(node))
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name in wanted
    }


def _without_docstring(node: ast.FunctionDef) -> ast.FunctionDef:
    if ast.get_docstring(node) is not None and len(node.body) > 1:
        node.body = node.body[1:]
    return node


def _fingerprints(code: str) -> frozenset[int]:
    """Winnowed hashes; copydetect's own hashes are Python's, which differ from run to run."""
    import numpy as np  # noqa: PLC0415
    from copydetect.utils import filter_code, winnow  # noqa: PLC0415

    plain, _ = filter_code(code, "cell.py", "python")
    if len(plain) < _GRAM + _WINDOW:
        return frozenset()
    grams = (plain[start : start + _GRAM] for start in range(len(plain) - _GRAM + 1))
    digests = [blake2b(gram.encode(), digest_size=8).digest() for gram in grams]
    hashes, _ = winnow(np.array([int.from_bytes(d, signed=True) for d in digests]), _WINDOW)
    return frozenset(int(value) for value in hashes)


def _common(prints: Mapping[str, Fingerprints]) -> frozenset[int]:
    """Fingerprints that too many share to be anybody's own."""
    users: Counter[int] = Counter()
    for functions in prints.values():
        users.update(frozenset[int]().union(*functions.values()))
    most = max(_COMMON_LEAST, int(_COMMON_SHARE * len(prints)))
    return frozenset(value for value, count in users.items() if count > most)


def _candidates(rare: Mapping[str, Fingerprints]) -> Iterator[tuple[str, str, float]]:
    """Pairs that share enough for a closer look, each with the weight of what they share."""
    users: dict[int, list[str]] = defaultdict(list)
    for student, functions in rare.items():
        for value in frozenset[int]().union(*functions.values()):
            users[value].append(student)
    shared: Counter[tuple[str, str]] = Counter()
    evidence: dict[tuple[str, str], float] = defaultdict(float)
    for students in users.values():
        for pair in combinations(sorted(students), 2):
            shared[pair] += 1
            evidence[pair] += 1 / (len(students) - 1)
    return (
        (*pair, round(evidence[pair], 6))
        for pair, count in shared.items()
        if count >= _LEAST_SHARED
    )


def _linking(pairs: Iterable[SimilarPair]) -> Iterator[SimilarPair]:
    """Pairs without those whose students earlier ones link already: n - 1 of a group of n."""
    group: dict[str, set[str]] = {}
    for pair in pairs:
        one = group.setdefault(pair.first, {pair.first})
        other = group.setdefault(pair.second, {pair.second})
        if one is not other:
            yield pair
            one |= other
            group.update(dict.fromkeys(other, one))


def _compare(first: str, one: Fingerprints, second: str, other: Fingerprints) -> SimilarPair | None:
    both = {name: len(one[name] & other.get(name, frozenset())) for name in one}
    smaller = min(sum(map(len, one.values())), sum(map(len, other.values())))
    shared = sum(both.values())
    if shared < _LEAST_SHARED or shared < _LEAST_SIMILARITY * smaller:
        return None
    where = sorted((name for name in both if both[name]), key=lambda name: -both[name])
    return SimilarPair(
        first=first,
        second=second,
        similarity=round(shared / smaller, 2),
        where=", ".join(where[:4]),
    )
