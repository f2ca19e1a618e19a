"""The audit itself is audited: each thing that it should find is put there, one at a time."""

import json
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from audited_assignment import (
    MISCONCEPTIONS,
    QUESTIONS,
    STYLES,
    audited,
    audited_assignment,
)

from autograder.assignment_file import load_assignment
from autograder.audit import QUICK, audit_assignment
from autograder.audit.audit_file import load_audit_file
from autograder.audit.correct import load_styles
from autograder.audit.guard import OutOfTimeError, call_limited
from autograder.audit.page import render_page
from autograder.audit.parts import parts_of
from autograder.audit.pool import do_parts
from autograder.audit.records import FunctionResult
from autograder.audit.text import percent, render_markdown, render_text
from autograder.cli import main
from autograder.errors import RunnerError, SpecError

WEAK = QUESTIONS.replace("dims: {n_x: 3, m: 4}", "dims: {m: 1}").replace("{n_x: 1}", "{m: 1}")
NOT_DIVIDED = "shares: return weight * x / x.shape[1] -> return weight * x"


def test_good_tests_are_good(tmp_path: Path) -> None:
    result, function = audited(audited_assignment(tmp_path / "a"))
    assert result.good, render_text([result])
    assert function.count("caught") >= 10
    assert (function.survivors, function.false_failures, function.score) == ((), 0, 1.0)
    groups = {mutant.groups for mutant in function.mutants if mutant.fate == "caught"}
    assert groups >= {
        ("arguments left alone",),
        ("form",),
        ("ordinary", "edges", "arguments left alone", "form"),
    }
    assert [(m.id, m.lost, m.faults) for m in function.misconceptions] == [
        ("not-divided", 4.0, ()),
        ("divided-by-rows", 4.0, ()),
    ]
    assert {style.style for style in function.styles} == {"reference", *STYLES}
    assert {style.seeds for style in function.styles} == {QUICK.style_seeds}


def test_cases_that_see_too_little_let_mutants_survive(tmp_path: Path) -> None:
    result, function = audited(audited_assignment(tmp_path / "a", questions=WEAK))
    assert not result.good
    survivor = next(mutant for mutant in function.survivors if mutant.id == NOT_DIVIDED)
    assert survivor.fate == "survived"
    assert "m = 2" in survivor.witness
    assert function.score < 0.99
    assert f"a mutant is not caught: {survivor.witness}" in render_text([result])


def test_a_mutant_that_only_some_seeds_catch_is_no_good(tmp_path: Path) -> None:
    one_or_two = WEAK.replace("m: [2, 4]", "m: [1, 2]").replace(
        "vary: [{m: 1}, {m: 1}]", "cases: 1"
    )
    assignment = audited_assignment(tmp_path / "a", questions=one_or_two)
    result = audit_assignment(assignment, replace(QUICK, mutant_seeds=8))
    survivor = next(m for m in result.functions[0].survivors if m.id == NOT_DIVIDED)
    assert survivor.fate == "sometimes"
    assert re.fullmatch(r"caught with [1-7] of 8 seeds only", survivor.witness)
    assert not result.good


def test_a_survivor_with_a_reason_is_accepted_and_counts(tmp_path: Path) -> None:
    survivors = audited(audited_assignment(tmp_path / "a", questions=WEAK))[1].survivors

    def audit(folder: str, more: str = "") -> tuple[bool, float, int]:
        entries = "".join(
            f"- {{mutant: {json.dumps(mutant.id)}, reason: One column{more}}}\n"
            for mutant in survivors
        )
        styles = {**STYLES, "undivided": "return weight * x"}
        assignment = audited_assignment(
            tmp_path / folder,
            questions=WEAK,
            misconceptions="",
            styles=styles,
            audit="accepted:\n" + entries,
        )
        result, function = audited(assignment)
        return result.good, function.score, function.count("accepted")

    good, score, accepted = audit("b")
    assert (good, accepted) == (True, len(survivors))
    assert score < 0.99
    assert audit("c", ", equivalent: true") == (True, 1.0, 0)


def test_an_excuse_that_nothing_needs_is_a_problem(tmp_path: Path) -> None:
    names = (NOT_DIVIDED, "gone")
    entries = [f"- {{mutant: {json.dumps(name)}, reason: No idea.}}\n" for name in names]
    audit = "accepted:\n" + "".join(entries)
    result, function = audited(audited_assignment(tmp_path / "a", audit=audit))
    assert function.good
    assert not result.good
    caught, gone = result.problems
    assert "but it is caught; remove the entry" in caught
    assert "'gone', but there is no such mutant" in gone


def test_a_right_answer_that_loses_points_is_a_false_failure(tmp_path: Path) -> None:
    styles = {**STYLES, "rounded": "return np.round(weight * x / x.shape[1], 3)"}
    result, function = audited(audited_assignment(tmp_path / "a", styles=styles))
    assert not result.good
    (rounded,) = [style for style in function.styles if style.failures]
    assert (rounded.style, rounded.failures) == ("rounded", QUICK.style_seeds)
    assert "ordinary: y: " in rounded.examples[0]
    assert "the right answer rounded loses points with 3 of 3 seeds" in render_text([result])


def test_eight_styles_are_wanted(tmp_path: Path) -> None:
    seven = dict(list(STYLES.items())[:7])
    result, function = audited(audited_assignment(tmp_path / "a", styles=seven))
    assert function.few_styles
    assert not result.good


def test_a_known_mistake_must_cost_points_and_be_named(tmp_path: Path) -> None:
    more = """
- id: forgot-to-divide
  function: shares
  hint: {en: Divide., zh: 要除。}
  change: [{old: "weight * x / x.shape[1]", new: "x * weight"}]
  evidence: [experience]
- id: nothing-wrong
  function: shares
  hint: {en: Nothing., zh: 没有。}
  change: [{old: "weight * x", new: "x * weight"}]
  evidence: [experience]
"""
    entries = MISCONCEPTIONS + more
    result, function = audited(audited_assignment(tmp_path / "a", misconceptions=entries))
    faults = {entry.id: entry.faults for entry in function.misconceptions if not entry.good}
    assert faults["forgot-to-divide"] == ("it is named not-divided",)
    assert "it costs no points" in faults["nothing-wrong"]
    assert not result.good
    twins = entries.replace("  evidence", "  twins: [forgot-to-divide]\n  evidence", 1)
    _, function = audited(audited_assignment(tmp_path / "b", misconceptions=twins))
    assert {entry.id for entry in function.misconceptions if not entry.good} == {"nothing-wrong"}


def test_a_stub_with_points_keeps_a_function_from_being_good() -> None:
    whole = FunctionResult(function="f", title="F", points=1.0, groups={})
    assert whole.good
    assert not FunctionResult(function="f", title="F", points=1.0, groups={}, stub_points=0.5).good


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("course")
    audited_assignment(folder / "assignments" / "good")
    audited_assignment(folder / "assignments" / "weak", questions=WEAK)
    return folder


def audit_command(course: Path, *arguments: str) -> int:
    return main(["audit", "--course", str(course), "--quick", "--jobs", "1", *arguments])


def test_the_exit_status_says_whether_tests_are_good(course, tmp_path, capsys) -> None:
    page, data = tmp_path / "audit.html", tmp_path / "audit.json"
    assert audit_command(course, "good", "--html", str(page), "--json", str(data)) == 0
    assert capsys.readouterr().out.startswith("good: good (mutation score 100 %")
    (found,) = json.loads(data.read_text("utf-8"))
    assert (found["good"], found["mutation_score"]) == (True, 1.0)
    assert "✓ good" in page.read_text("utf-8")

    assert audit_command(course, "weak", "--seeds", "1", "--markdown", str(page)) == 1
    assert "weak: NOT GOOD" in capsys.readouterr().out
    assert "-     return weight * x / x.shape[1]" in page.read_text("utf-8")

    assert audit_command(course, "no-such") == 2
    assert "known are" in capsys.readouterr().err


def test_a_file_that_is_wrong_ends_the_command_with_a_sentence(tmp_path, capsys) -> None:
    audited_assignment(tmp_path / "assignments" / "odd", audit="acepted: []\n")
    assert audit_command(tmp_path, "odd") == 1
    assert "unknown key 'acepted'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("accepted: {}", "accepted: expected a list"),
        ("accepted: [{mutant: a}]", r"accepted\[0\]: the key 'reason' is missing"),
        ("accepted: [{mutant: a, reason: ' '}]", "reason: expected text"),
        ("accepted: [{mutant: a, reason: b, equivalent: 1}]", "expected true or false"),
        ("accepted: [{mutant: a, reason: b}, {mutant: a, reason: c}]", "accepted twice"),
        ("domain: {other: []}", "'other' is no question"),
        ("domain: {shares: [{dims: {m: 1}}]}", "the key 'name' is missing"),
        ("domain: {shares: [{name: a, points: 1}]}", "unknown key 'points'"),
    ],
)
def test_what_is_wrong_in_the_audit_file_is_named(tmp_path, text: str, message: str) -> None:
    assignment = audited_assignment(tmp_path / "a", audit=text)
    with pytest.raises(SpecError, match=message):
        load_audit_file(assignment)


def test_the_domain_of_the_documentation_is_searched_for_differences(tmp_path: Path) -> None:
    """No weight that is drawn tells the bounds 0 and -1 apart; one that is allowed does."""
    lax = "shares: return (weight > 0) * x / x.shape[1] -> return (weight > -1) * x / x.shape[1]"
    domain = "domain:\n  shares:\n  - {name: any weight, arguments: {weight: '-0.5'}}\n"
    fates = []
    for folder, audit in (("a", ""), ("b", domain)):
        assignment = audited_assignment(tmp_path / folder, misconceptions="", audit=audit)
        answers = assignment.folder / "answers.py"
        code = answers.read_text("utf-8").replace("weight * x", "(weight > 0) * x")
        answers.write_text(code, "utf-8")
        _, function = audited(load_assignment(assignment.folder))
        fates += [mutant.fate for mutant in function.mutants if mutant.id == lax]
    assert fates == ["equivalent", "survived"]


@pytest.mark.parametrize(
    ("source", "message"), [("1 / 0", "ZeroDivisionError"), ("x = 1", "defines none of shares")]
)
def test_a_style_that_cannot_be_used_is_named(tmp_path, source: str, message: str) -> None:
    assignment = audited_assignment(tmp_path / "a")
    (assignment.folder / "correct" / "odd.py").write_text(source, "utf-8")
    with pytest.raises(SpecError, match=rf"odd\.py.*{message}"):
        load_styles(assignment)


def test_a_call_that_never_ends_is_ended_whatever_it_swallows() -> None:
    def endless() -> None:
        tries = 0
        while tries < 2:
            try:
                while True:
                    pass
            except BaseException:
                tries += 1
        raise OutOfTimeError

    with pytest.raises(OutOfTimeError):
        call_limited(endless, [], 0.05)
    assert call_limited(max, [1, 2], 0.05) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="no such processes")
def test_what_ends_its_process_is_named(tmp_path, monkeypatch) -> None:
    assignment = audited_assignment(
        tmp_path / "a", styles={**STYLES, "killer": "import os; os._exit(1)"}
    )
    monkeypatch.setattr("autograder.audit.parts._MOST_PARTS", 1)
    parts = [part for part in parts_of(assignment, QUICK) if part.kind == "styles"]
    with pytest.raises(RunnerError, match="The styles of shares end the process"):
        list(do_parts(parts, processes=1))


@pytest.mark.skipif(sys.platform == "win32", reason="no such processes")
def test_a_process_that_dies_once_costs_only_time(tmp_path, monkeypatch) -> None:
    marker = tmp_path / "died"
    once = f"""import os
    if not os.path.exists({str(marker)!r}):
        open({str(marker)!r}, "w").close()
        os._exit(1)
    return weight * x / x.shape[1]"""
    assignment = audited_assignment(tmp_path / "a", styles={**STYLES, "once": once})
    found = list(do_parts(parts_of(assignment, QUICK), processes=1))
    assert marker.exists()
    styles = {style.style for piece in found for style in piece.styles}
    assert "once" in styles
    assert sum(len(piece.misconceptions) for piece in found) == 2


def test_a_share_is_never_rounded_up() -> None:
    assert [percent(part) for part in (1.0, 0.9999, 0.99, 0.0)] == [
        "100 %",
        "99.9 %",
        "99 %",
        "0 %",
    ]


def test_the_page_and_the_summary_tell_the_same(tmp_path: Path) -> None:
    styles = {**STYLES, "rounded": "return np.round(weight * x / x.shape[1], 3)"}
    audit = "accepted:\n- {mutant: gone, reason: No <idea>.}\n"
    result, function = audited(
        audited_assignment(tmp_path / "a", questions=WEAK, styles=styles, audit=audit)
    )
    page, summary = render_page([result]), render_markdown([result])
    for text in (page, summary):
        assert function.survivors[0].diff.splitlines()[0] in text
        assert "rounded" in text
        assert "there is no such mutant" in text
    assert "✗ not good" in page
    assert "✓ good" not in page
    assert "## a: NOT GOOD" in summary


def test_a_page_of_several_says_first_what_is_not_good(tmp_path: Path) -> None:
    good, _ = audited(audited_assignment(tmp_path / "good"))
    weak, _ = audited(audited_assignment(tmp_path / "weak", questions=WEAK))
    page = render_page([good, weak])
    assert '<a href="#weak">' in page
    assert page.index('<a href="#weak">') < page.index('id="good"') < page.index('id="weak"')
    assert '<a href="#weak">' not in render_page([weak])
