"""The tables of docs/curriculum.md say what the assignments and the reference hold."""

import re
from pathlib import Path

import pytest

from autograder.library import assignment_folders, find_assignment

PAGE = Path(__file__).parents[1] / "docs" / "curriculum.md"
CODE = re.compile(r"`([^`]+)`")


def rows(heading: str) -> list[list[str]]:
    """Cells of the table below a heading, without its head."""
    section = PAGE.read_text("utf-8").split(f"## {heading}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines[2:]]


TAUGHT = [
    (heading, CODE.findall(assignment), re.findall(r"`(\w+)`", functions))
    for heading, _, assignment, functions in rows("From the notes' headings to functions")
]
LISTED = rows("The assignments")

# The notes' headings, in their order. Those of a figure's part or a bullet are not listed.
HEADINGS = [
    "RNN循环神经网络及其梯度消失笔记", "资料来源", "带时间序列的任务场景", "标准神经网络建模的弊端",
    "RNN循环神经网络", "网络结构", "多输入，多输出", "单元", "特点", "前向传播", "损失函数",
    "损失函数的作用", "单个时间步的损失函数", "整个序列的损失函数", "反向传播", "为什么要求梯度？",
    "具体应该怎么做", "tanh", "RNN的梯度消失", "缺点", "现象", "举例", "任意时刻下的梯度公式",
    "梯度爆炸",
]  # fmt: skip


def test_every_heading_of_the_notes_has_a_row_in_their_order() -> None:
    found = [re.split(r"[:(]", heading)[0].strip() for heading, _, _ in TAUGHT]
    places = [found.index(heading) for heading in HEADINGS]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("assignment", "functions"),
    [(name, functions) for _, (name,), functions in (row for row in TAUGHT if row[1])],
)
def test_what_a_row_names_is_there(assignment: str, functions: list[str]) -> None:
    named = find_assignment(assignment)
    assert functions
    for function in functions:
        assert function in named.reference_functions
        assert function in [question.function for question in named.questions]


def test_only_the_title_and_the_sources_name_no_assignment() -> None:
    assert [heading.split(" ")[0] for heading, names, _ in TAUGHT if not names] == HEADINGS[:2]


def test_every_graded_function_is_taught_by_some_row() -> None:
    taught = {(name, function) for _, names, functions in TAUGHT for name in names for function in functions}  # fmt: skip  # noqa: E501
    graded = {
        (name, question.function)
        for name in assignment_folders()
        for question in find_assignment(name).questions
    }
    assert graded - taught == set()


def test_every_assignment_is_listed() -> None:
    assert {CODE.findall(name)[0] for name, _, _ in LISTED} == set(assignment_folders())


@pytest.mark.parametrize(("name", "points", "functions"), LISTED)
def test_points_are_those_of_the_assignment(name: str, points: str, functions: str) -> None:
    assignment = find_assignment(CODE.findall(name)[0])
    wanted = ", ".join(f"`{q.function}` {q.points:g}" for q in assignment.questions)
    row = f"| {name} | {assignment.max_score:g} | {wanted} |"
    assert (points, functions) == (f"{assignment.max_score:g}", wanted), f"write {row}"
