import numpy as np
import pytest

from autograder.compare import compare, mismatches, output_names
from autograder.runner.codec import Opaque
from autograder.spec import Kind, Output

ARRAY = Output(name="a", kind=Kind.ARRAY, shape=("n_a", "m"))
SCALAR = Output(name="loss", kind=Kind.SCALAR)
GRADIENTS = Output(name="gradients", kind=Kind.DICT, fields=(ARRAY, SCALAR))
EXPECTED = np.array([[1.0, -2.0, 3.0]])


def judge(output, expected, actual, **more):
    (verdict,) = compare([output], expected, actual, **more)
    return verdict


class TestArrays:
    def test_equal(self):
        verdict = judge(ARRAY, EXPECTED, EXPECTED.copy())
        assert verdict.right
        assert verdict.manners == ""

    @pytest.mark.parametrize(
        "actual",
        [
            EXPECTED.tolist(),
            [EXPECTED[0]],
            np.asfortranarray(EXPECTED),
            EXPECTED.astype(object),
            np.ma.masked_invalid(EXPECTED),
            EXPECTED * (1 + 5e-8),
        ],
    )
    def test_right_in_other_words(self, actual):
        verdict = judge(ARRAY, EXPECTED, actual)
        assert verdict.right
        assert verdict.manners == ""

    @pytest.mark.parametrize(
        ("actual", "sentence"),
        [
            (EXPECTED.T, "shape (3, 1), expected (1, 3)"),
            (EXPECTED[:, :2], "shape (1, 2)"),
            (EXPECTED * (1 + 1e-6), "entries differ"),
            (EXPECTED * np.nan, "3 of 3 entries are NaN"),
            (EXPECTED + np.inf, "3 of 3 entries are infinite"),
            ("text", "got a text"),
            ({"a": EXPECTED}, "got a dict with 1 entries"),
            (Opaque("Cheat", "equal to everything"), "got an object"),
            (EXPECTED + 1j, "complex"),
            ([[1.0], [2.0, 3.0]], "expected an array"),
            (np.array([["a", "b", "c"]]), "expected an array"),
        ],
    )
    def test_wrong(self, actual, sentence):
        verdict = judge(ARRAY, EXPECTED, actual)
        assert not verdict.right
        assert sentence in verdict.problem

    def test_transposed_is_wrong(self):
        square = np.arange(6.0).reshape(2, 3)
        assert "shape (3, 2), expected (2, 3)" in judge(ARRAY, square, square.T).problem

    def test_lost_axis_is_manners(self):
        verdict = judge(ARRAY, EXPECTED, EXPECTED[0])
        assert verdict.right
        assert "shape (3,), expected (1, 3)" in verdict.manners

    def test_single_precision_is_manners(self):
        value = np.array([[0.1, 0.7]])
        verdict = judge(ARRAY, value, (value * (1 + 5e-7)).astype(np.float32))
        assert verdict.right
        assert "dtype float32, expected float64" in verdict.manners

    def test_single_precision_does_not_excuse_wrong_values(self):
        assert not judge(ARRAY, EXPECTED, (EXPECTED * (1 + 5e-6)).astype(np.float32)).right

    def test_half_precision_is_wrong_and_named(self):
        verdict = judge(ARRAY, EXPECTED / 3, (EXPECTED / 3).astype(np.float16))
        assert not verdict.right
        assert "float16, which keeps three digits" in verdict.problem
        assert judge(ARRAY, EXPECTED, EXPECTED.astype(np.float16)).right  # small whole numbers

    def test_tolerance_is_relative_to_the_whole_array(self):
        expected = np.array([1.0, 1e-9])
        assert judge(ARRAY, expected, np.array([1.0, 2e-9])).right
        small = np.array([1e-20, 2e-20])
        assert not judge(ARRAY, small, np.zeros(2)).right

    def test_elementwise_looks_at_every_scale(self):
        output = Output(name="norms", kind=Kind.ELEMENTWISE, shape=("T_x",))
        expected = np.array([1.0, 1e-9])
        assert not judge(output, expected, np.array([1.0, 2e-9])).right
        assert judge(output, expected, expected * (1 + 1e-9)).right

    def test_zero_expected_allows_rounding_only(self):
        assert judge(ARRAY, np.zeros((2, 2)), np.full((2, 2), 1e-15)).right
        assert judge(SCALAR, 0.0, -6e-12).right  # six steps of log(1 + 1e-12)
        assert not judge(ARRAY, np.zeros((2, 2)), np.full((2, 2), 1e-6)).right

    def test_nan_and_infinity_where_expected(self):
        expected = np.array([np.nan, np.inf, -np.inf, 1.0])
        assert judge(ARRAY, expected, expected.copy()).right
        assert not judge(ARRAY, expected, np.array([np.nan, -np.inf, -np.inf, 1.0])).right
        assert not judge(ARRAY, expected, np.array([0.0, np.inf, -np.inf, 1.0])).right

    def test_empty_arrays(self):
        assert judge(ARRAY, np.zeros((0, 2)), np.zeros((0, 2))).right


class TestStructure:
    def test_none(self):
        assert "return statement" in judge(ARRAY, EXPECTED, None).problem

    def test_tuple_may_be_a_list_and_its_length_counts(self):
        outputs = [ARRAY, SCALAR]
        expected = (EXPECTED, 2.0)
        assert all(v.right for v in compare(outputs, expected, [EXPECTED, 2.0]))
        verdicts = compare(outputs, expected, (EXPECTED,))
        assert [v.output for v in verdicts] == ["a", "loss"]
        assert "2 values (a, loss), but 1" in verdicts[0].problem
        assert not any(v.right for v in compare(outputs, expected, EXPECTED))

    def test_dict_is_judged_entry_by_entry(self):
        expected = {"a": EXPECTED, "loss": 2.0}
        good, bad = compare([GRADIENTS], expected, {"a": EXPECTED, "more": 1})
        assert (good.output, good.right) == ("a", True)
        assert (bad.output, bad.right) == ("loss", False)
        assert "no key 'loss'" in bad.problem
        assert not any(v.right for v in compare([GRADIENTS], expected, [EXPECTED, 2.0]))

    def test_dict_beside_others_has_its_name_before_the_dot(self):
        names = output_names([SCALAR, GRADIENTS])
        assert names == ["loss", "gradients.a", "gradients.loss"]
        expected = (1.0, {"a": EXPECTED, "loss": 2.0})
        assert [v.output for v in compare([SCALAR, GRADIENTS], expected, expected)] == names
        missing = compare([SCALAR, GRADIENTS], expected, (1.0, {}))
        assert [v.output for v in missing] == names

    @pytest.mark.parametrize("actual", [2.0, np.float64(2), np.array(2.0), 2])
    def test_scalars(self, actual):
        verdict = judge(SCALAR, 2.0, actual)
        assert verdict.right
        assert verdict.manners == ""

    def test_scalar_with_axes_is_manners(self):
        verdict = judge(SCALAR, 2.0, np.array([[2.0]]))
        assert verdict.right
        assert verdict.manners

    def test_integers(self):
        output = Output(name="n", kind=Kind.INTEGER)
        assert judge(output, 17, np.int64(17)) == judge(output, 17, 17)
        assert judge(output, 17, 17.0).manners
        assert not judge(output, 17, 18).right
        assert not judge(output, 17, "17").right

    def test_text_and_labels(self):
        text = Output(name="regime", kind=Kind.TEXT)
        assert judge(text, "stable", "stable").right
        assert not judge(text, "stable", "Stable").right
        labels = Output(name="tags", kind=Kind.LABELS)
        assert judge(labels, [0, 1], np.array([0, 1])).right
        assert judge(labels, [0, 1], [False, True]).right
        assert not judge(labels, [0, 1], [1, 1]).right
        assert not judge(labels, [0, 1], [0]).right


class TestHolding:
    output = Output(name="cache", kind=Kind.HOLDS, holds=("a", "x"))
    a, x = np.arange(4.0).reshape(2, 2), np.ones((3, 2))

    @pytest.mark.parametrize(
        "layout",
        [
            "tuple",
            "dict",
            "nested",
            "more",
            "stacked",
            "reversed",
            "turned",
            "turned stack",
            "empty beside",
            "stacked on others",
            "an object",
            "lists",
        ],
    )
    def test_any_layout(self, layout):
        a, x = self.a, self.x
        actual = {
            "tuple": (a, x),
            "dict": {"states": a, "inputs": x},
            "nested": [[a], {"x": (x,)}],
            "more": (a, x, a @ a, "note", None),
            "stacked": (np.stack([a * 0, a], axis=2), x),
            "reversed": (x, a * (1 + 1e-12)),
            "turned": {"examples first": (a.T, x.T)},
            "turned stack": (np.stack([a.T * 0, a.T], axis=1), x),
            "stacked on others": (a, np.vstack([np.zeros((1, 2)), x, a + 5])),
            "an object": Opaque("Cache", "", (a, Opaque("Inner", "", (3, x)))),
            "empty beside": (np.zeros((0, 2, 2)), a, np.zeros((3, 2, 0)), x[..., None]),
            "lists": [a.tolist(), [3, [x.tolist()]]],
        }[layout]
        assert judge(self.output, (a, x), actual).right

    def test_among_much_else(self):
        rest = [np.full((2, 2), float(n)) for n in range(1000)]
        assert judge(self.output, (self.a, self.x), (*rest, self.a, [self.x.T])).right

    @pytest.mark.parametrize(
        ("more", "much"),
        [
            (list(range(5001)), "5000 things"),
            ({n: np.zeros(2) + n for n in range(5001)}, "5000 things"),
            (np.zeros(500_001), "500000 numbers"),
            ([["", None] * 1300, [""] * 1300, ("",) * 1300], "5000 things"),
        ],
    )
    def test_out_of_all_proportion(self, more, much):
        verdict = judge(self.output, (self.a, self.x), (self.a, self.x, more))
        assert not verdict.right
        assert f"it holds more than {much}; a, x are enough." in verdict.problem

    @pytest.mark.parametrize("actual", [(), "a, x", 3, {"x": x}, (a[:, ::-1], x), (a + 1e-3, x)])
    def test_something_missing(self, actual):
        verdict = judge(self.output, (self.a, self.x), actual)
        assert not verdict.right
        assert "but a is not in it" in verdict.problem

    def test_something_missing_that_has_no_name_of_its_own(self):
        verdict = judge(self.output, [self.a, self.x, 2 * self.x], (self.a, self.x))
        assert "an array of shape (3, 2) is not in it" in verdict.problem


class TestSecrecy:
    """Sentences on hidden cases carry neither expected nor returned contents."""

    def test_numbers_are_shown_only_on_request(self):
        hidden = judge(ARRAY, EXPECTED, EXPECTED * 2)
        assert hidden.problem == "all entries differ from the expected ones."
        shown = judge(ARRAY, EXPECTED, EXPECTED * 2, reveal=True)
        assert "expected 1, got 2" in shown.problem
        close = judge(SCALAR, 42.5, 42.5 * (1 + 1e-6), reveal=True)
        assert close.problem == "expected 42.5, got 42.5000425."

    @pytest.mark.parametrize("actual", ["0.123", {"0.123": 1}, Opaque("0.123", "0.123"), 0.123])
    def test_what_came_back_is_not_repeated(self, actual):
        text, whole = Output(name="t", kind=Kind.TEXT), Output(name="n", kind=Kind.INTEGER)
        answers = {"a": EXPECTED, "loss": 1}
        for output, expected in ((ARRAY, EXPECTED), (GRADIENTS, answers), (text, "a"), (whole, 1)):
            for verdict in compare([output], expected, actual):
                assert not verdict.right
                assert "0.123" not in verdict.problem


def test_mismatches_of_huge_numbers_do_not_warn():
    huge = np.array([1e308, -1e308])
    assert mismatches(huge, -huge, 1e-7).all()
    assert not mismatches(huge, huge, 1e-7).any()
