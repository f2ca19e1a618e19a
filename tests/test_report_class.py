import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import report_records as records
from report_html import Page, assert_sound, without_style_and_script

from autograder.report import class_report
from autograder.report.class_report import SimilarPair
from autograder.report.class_statistics import correlation, summarise
from autograder.report.distribution import histogram


def render_class_report(*args, **options):
    return "".join(class_report.render_class_report(*args, **options))


def test_page_is_as_before(golden):
    similar = [SimilarPair(first="s001", second="gone", similarity=0.93, where="rnn_backward")]
    page = render_class_report(records.class_of(12), similar=similar)
    golden("report/class.html", without_style_and_script(page))


@pytest.mark.parametrize("number", [0, 1, 2, 5, 60, 600])
def test_page_is_sound_for_classes_of_any_size(number):
    page = assert_sound(render_class_report(records.class_of(number)))
    rows = [attributes for attributes in page.with_tag("tr") if "data-t" in attributes]
    assert len(rows) == number


def test_page_of_hostile_names_is_sound():
    pair = SimilarPair(first=records.HOSTILE, second="x", similarity=1.0, where=records.HOSTILE)
    page = render_class_report([records.hostile(), *records.class_of(9)], similar=[pair])
    assert "<script>alert(1)</script>" in assert_sound(page).text


def test_nobody_graded():
    text = Page(render_class_report([records.missing(), records.grader_error()])).text
    assert "No submission could be graded." in text
    assert "The folder is empty." in text


def test_every_student_is_linked():
    links = [a["href"] for a in Page(render_class_report(records.class_of(10))).with_tag("a")]
    assert "./s003/bptt/bptt.html" in links
    odd = render_class_report([replace(records.perfect(), student="javascript:a b")])
    assert [a["href"] for a in Page(odd).with_tag("a")] == ["./javascript%3Aa%20b/bptt/bptt.html"]


def test_filter_finds_those_who_made_a_mistake():
    rows = Page(render_class_report(records.class_of(8))).with_tag("tr")
    tags = [row["data-t"].split() for row in rows if "data-t" in row]
    assert [k for k, found in enumerate(tags) if "m0" in found] == [0, 1, 4, 5]
    assert [k for k, found in enumerate(tags) if "late" in found] == [6]


def test_an_error_that_has_no_name_of_its_own_is_told_by_its_kind():
    found = (records.Diagnosis(id="error-index-type", outputs=(), hint={"en": "E", "zh": "Z"}),)
    question = records.question("f", 0.0, 1.0, diagnosis=found)
    page = Page(render_class_report([records.result(questions=(question,))])).text
    assert "Error: index type" in page
    assert "error-index-type" not in page


def test_statistics_of_marks():
    found = summarise(records.class_of(40))
    assert found.graded == 36
    assert [row.student for row in found.ungraded] == ["s009", "s019", "s029", "s039"]
    scores = [result.score for result in records.class_of(40) if result.status == "graded"]
    assert found.marks.mean == pytest.approx(np.mean(scores))
    assert found.marks.median == pytest.approx(np.median(scores))
    assert found.marks.quartiles == pytest.approx(tuple(np.quantile(scores, [0.25, 0.75])))
    assert found.marks.full == sum(score == 26 for score in scores)
    assert sum(b.count for b in found.marks.bins) == 36


def test_statistics_of_questions():
    graded = [result for result in records.class_of(40) if result.status == "graded"]
    found = summarise(graded)
    table = np.array([[question.score for question in result.questions] for result in graded])
    for column, question in enumerate(found.questions):
        shares = table[:, column] / question.max_score
        rest = table.sum(axis=1) - table[:, column]
        assert question.mean_share == pytest.approx(shares.mean())
        assert question.discrimination == pytest.approx(np.corrcoef(shares, rest)[0, 1])
        assert question.full == (shares == 1).sum()
        assert question.none == (shares == 0).sum()


def test_statistics_of_checks_and_mistakes():
    found = summarise(records.class_of(8))
    gradients = next(group for group in found.groups if group.name == "gradients")
    assert (gradients.question, gradients.failed, gradients.graded) == ("rnn_cell_backward", 4, 4)
    assert [mistake.id for mistake in found.mistakes] == ["tanh-derivative-of-a"]
    assert found.mistakes[0].students == 4
    made = [row.student for row in found.rows if row.mistakes]
    assert made == ["s000", "s001", "s004", "s005"]
    assert (found.wrong_answers, found.unrecognised) == (10, 6)
    assert found.run_time.slowest == "s007"


def test_correlation_needs_values_that_vary():
    assert correlation([1.0] * 7, [1.0] * 7) is None
    assert correlation([1.0] * 9, list(range(9))) is None
    assert correlation(list(range(9)), list(range(9))) == pytest.approx(1.0)


@pytest.mark.parametrize("top", [0, 0.5, 1, 7, 10, 33.5, 40, 100, 1234, 1e6])
def test_histogram_counts_everyone_once(top):
    scores = [top * k / 20 for k in range(21)] + [top + 1]
    bins = histogram(scores, top)
    assert sum(b.count for b in bins) == len(scores)
    assert len(bins) <= 14
    assert all(math.isclose(a.high, b.low) for a, b in pairwise(bins))
    assert bins[-1].high == top + 1


@pytest.mark.parametrize(
    ("similar", "said"),
    [(None, "Not compared yet: autograder report bptt"), ((), "No two are strikingly alike.")],
)
def test_no_pairs_is_not_the_same_as_not_looked(similar, said):
    assert said in Page(render_class_report(records.class_of(5), similar=similar)).text
