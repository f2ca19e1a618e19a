"""What an audit found: records that the page, the terminal and JSON are functions of."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

Fate = Literal["caught", "sometimes", "survived", "equivalent", "accepted"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MutantResult:
    """What became of a mutant.

    Attributes
    ----------
    fate : str
        ``caught`` it loses points whatever is drawn, ``sometimes`` with some seeds only,
        ``survived`` with none, ``equivalent`` it cannot be told from the reference, ``accepted``
        the assignment's ``audit.yaml`` says why it may survive.
    crashes : bool
        It raises an error in every case, so that no test can miss it.
    lost : float
        Points, with the first seed.
    groups : tuple of str
        Case groups that caught it with the first seed.
    reason : str
        Why it counts as equivalent or accepted.
    witness : str
        Where it differs from the reference, for one that was not caught.
    """

    id: str
    kind: str
    diff: str
    fate: Fate
    crashes: bool = False
    lost: float = 0.0
    groups: tuple[str, ...] = ()
    reason: str = ""
    witness: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MisconceptionResult:
    """What became of a known mistake.

    Attributes
    ----------
    lost : float
        Fewest points over all seeds.
    groups : tuple of str
        Case groups that caught it with the first seed.
    named : tuple of str
        What it was diagnosed as, seed by seed, where that is neither itself nor a twin.
    spread : tuple of str
        Other functions that lost points because of it.
    shown : bool
        A small case shows it.
    """

    id: str
    lost: float
    groups: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    spread: tuple[str, ...] = ()
    shown: bool = True

    @property
    def good(self) -> bool:
        """It costs points, is named, and costs no other function any."""
        return not self.faults

    @property
    def faults(self) -> tuple[str, ...]:
        """What is not as it should be."""
        found = [] if self.lost > 0 else ["it costs no points"]
        found += [f"it is named {name}" for name in self.named]
        found += [f"it costs {name} points too" for name in self.spread]
        return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class StyleResult:
    """What became of a right answer in some style.

    Attributes
    ----------
    seeds : int
        With how many it was tried.
    failures : int
        With how many it lost points.
    examples : tuple of str
        A few of the failures: the token and the sentence.
    share : float
        Largest share of the time limit that it used.
    """

    style: str
    seeds: int
    failures: int = 0
    examples: tuple[str, ...] = ()
    share: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FunctionResult:
    """The audit of one function.

    Attributes
    ----------
    groups : mapping of str to float
        Points of each case group.
    few_styles : bool
        There are fewer right answers than there should be.
    """

    function: str
    title: str
    points: float
    groups: Mapping[str, float]
    mutants: tuple[MutantResult, ...] = ()
    untried: int = 0  # mutants left out of a quick audit
    misconceptions: tuple[MisconceptionResult, ...] = ()
    styles: tuple[StyleResult, ...] = ()
    few_styles: bool = False
    stub_points: float = 0.0

    def count(self, *fates: Fate) -> int:
        """How many mutants met one of these fates, without those that only crash."""
        return sum(mutant.fate in fates and not mutant.crashes for mutant in self.mutants)

    @property
    def score(self) -> float:
        """Share of the mutants that differ from the reference, without an error, and are caught."""
        return share(self.count("caught"), self.count("sometimes", "survived", "accepted"))

    @property
    def survivors(self) -> tuple[MutantResult, ...]:
        """Mutants that were not caught, and that nothing excuses."""
        return tuple(m for m in self.mutants if m.fate in ("sometimes", "survived"))

    @property
    def false_failures(self) -> int:
        """How often a right answer lost points."""
        return sum(style.failures for style in self.styles)

    @property
    def good(self) -> bool:
        """Nothing survived, nothing was wrongly failed, every mistake was named."""
        return not (
            self.survivors
            or self.false_failures
            or self.few_styles
            or self.stub_points
            or any(not entry.good for entry in self.misconceptions)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditResult:
    """The audit of one assignment.

    Attributes
    ----------
    judged_seeds : int
        How many of them the cases of a judge were tried with; 0 where there is no judge.
    problems : tuple of str
        What is wrong with the files that the audit reads, such as an excuse for a mutant that
        there is no more.
    """

    assignment: str
    title: str
    quick: bool
    seeds: int
    functions: tuple[FunctionResult, ...]
    judged_seeds: int = 0
    problems: tuple[str, ...] = ()
    duration_s: float = 0.0
    version: str = ""

    @property
    def good(self) -> bool:
        """Whether the assignment may be released."""
        return not self.problems and all(function.good for function in self.functions)

    @property
    def score(self) -> float:
        """Mutation score over all functions."""
        caught = sum(function.count("caught") for function in self.functions)
        missed = (f.count("sometimes", "survived", "accepted") for f in self.functions)
        return share(caught, sum(missed))

    def as_dict(self) -> dict[str, Any]:
        """Plain data for JSON, with the figures that follow from the rest."""
        data = asdict(self)
        data["good"], data["mutation_score"] = self.good, self.score
        for function, part in zip(self.functions, data["functions"], strict=True):
            part["good"], part["mutation_score"] = function.good, function.score
        return data


def share(caught: int, missed: int) -> float:
    """Part of a whole; all of nothing is all."""
    return caught / (caught + missed) if caught + missed else 1.0
