"""Say in which cases a function goes wrong, where others are right."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import combinations

from autograder.cases import Case

Seen = tuple[Case, str, bool]  # the case, its group's name, whether it is wrong
Hint = Mapping[str, str]

_ONES = {
    "m": ("a batch of one example", "只有一个样本"),
    "T_x": ("a sequence of one step", "只有一个时间步"),
    "n_a": ("a single hidden unit", "只有一个隐藏单元"),
    "n_x": ("a single input feature", "只有一个输入特征"),
    "n_y": ("a single output", "只有一个输出"),
}
_MORE = {
    "T_x": (
        "T_x > 1: follow what each step hands to the next, and what is made of all steps at the "
        "end; with a single step neither shows",
        " T_x > 1 （检查一步传给下一步的是什么，以及最后如何使用各步的结果；只有一步时看不出来）",
    ),
    "m": (
        "m > 1: each example is a column of its own; look for what mixes or counts the columns",
        " m > 1 （每个样本是单独的一列：检查哪里把各列混在一起，或用到了列数）",
    ),
}


def find_conditions(cases: Sequence[Seen], dims: Collection[str]) -> Hint | None:
    """What is common to the wrong cases and to no right one; ``None`` where nothing is.

    Parameters
    ----------
    cases : sequence of Seen
    dims : collection of str
        Those that the question has.
    """
    for en, zh in _conditions(cases, dims):
        return {
            "en": f"It is right otherwise and goes wrong only with {en}.",
            "zh": f"其他情况都对，只有在{zh}时出错。",
        }
    return _groups(cases)


def _groups(cases: Sequence[Seen]) -> Hint | None:
    """Groups of cases that are wrong as a whole, or the few that are right."""
    cases = sorted(cases, key=lambda seen: seen[0].group)
    wrong = list(dict.fromkeys(group for _, group, is_wrong in cases if is_wrong))
    right = list(dict.fromkeys(group for _, group, is_wrong in cases if not is_wrong))
    if not right or set(wrong) & set(right):
        return None
    if len(right) < len(wrong):
        return {
            "en": f"It is right with the cases {_listed(right)}, and wrong with "
            f"{_listed(wrong)}: what is different there?",
            "zh": f"测试组 {_listed(right)} 是对的，而 {_listed(wrong)} 是错的：那里有什么不同？",
        }
    return {
        "en": f"It is right otherwise and goes wrong only with the cases {_listed(wrong)}.",
        "zh": f"其他情况都对，只有在测试组 {_listed(wrong)} 时出错。",
    }


def _listed(groups: Sequence[str]) -> str:
    return ", ".join(f"“{group}”" for group in groups)


def _conditions(cases: Sequence[Seen], dims: Collection[str]) -> Iterator[tuple[str, str]]:
    wrong = [case for case, _, is_wrong in cases if is_wrong]
    right = [case for case, _, is_wrong in cases if not is_wrong]
    names = [name for name in _ONES if name in dims]
    for name in names:
        if _divides(wrong, right, lambda case, name=name: case.dims[name] == 1):
            en, zh = _ONES[name]
            yield f"{name} = 1, {en}", f" {name} = 1（{zh}）"
        if _divides(wrong, right, lambda case, name=name: case.dims[name] > 1):
            yield _MORE.get(name, (f"{name} > 1", f" {name} > 1 "))
    for one, other in combinations(names, 2) if min(len(wrong), len(right)) > 2 else ():
        if _divides(wrong, right, lambda c, one=one, other=other: c.dims[one] == c.dims[other]):
            yield f"{one} = {other}", f" {one} = {other} "
        if _divides(wrong, right, lambda c, one=one, other=other: c.dims[one] != c.dims[other]):
            yield f"{one} different from {other}", f" {one} 与 {other} 不相等"
    arguments = {name for case, _, _ in cases for name in case.arguments}
    for name in sorted(arguments):
        if _divides(wrong, right, lambda case, name=name: name in case.arguments):
            yield f"the argument {name} given", f"给出参数 {name} "
        if _divides(wrong, right, lambda case, name=name: name not in case.arguments):
            yield f"the argument {name} left out", f"不给参数 {name} "


def _divides(wrong, right, test) -> bool:  # type: ignore[no-untyped-def]
    return all(map(test, wrong)) and not any(map(test, right))
