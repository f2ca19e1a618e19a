import numpy as np
import pytest

from autograder.paste import is_complete, paste_code
from autograder.runner.codec import Source


def run(code):
    """What the pasted call received."""
    received = []
    exec(code, {"answer": lambda *arguments: received.append(arguments)})
    return received[0]


def assert_same(wanted, got):
    assert type(wanted) is type(got)
    if isinstance(wanted, np.ndarray):
        assert wanted.dtype == got.dtype
        np.testing.assert_array_equal(wanted, got)
    elif isinstance(wanted, dict):
        assert list(wanted) == list(got)
        for key, value in wanted.items():
            assert_same(value, got[key])
    elif isinstance(wanted, list | tuple):
        assert len(wanted) == len(got)
        for one, other in zip(wanted, got, strict=True):
            assert_same(one, other)
    else:
        assert repr(wanted) == repr(got)


rng = np.random.default_rng(0)


@pytest.mark.parametrize(
    "value",
    [
        rng.normal(size=(3, 4)),
        rng.normal(size=(3, 2, 5)),
        rng.normal(size=7) * 1e-200,
        np.arange(60) / 7,
        np.zeros((4, 1)),
        np.array([0.0, -0.0, 0.0, 0.0]),
        np.zeros((0, 3)),
        np.zeros(0, dtype=np.int32),
        np.array(2.5),
        np.array([np.nan, np.inf, -np.inf]),
        np.array([[True, False]]),
        np.array([1, 2], dtype=np.int64),
        np.float32([0.1, 0.2]),
        np.array([1 + 2j]),
        np.float64(0.1),
        (1,),
        (),
        [],
        {},
        {"a": [1, (2.0, None)], 3: float("inf")},
        "plain",
        'it\'s "quoted"\n\\',
        True,
        -1.5,
    ],
    ids=lambda value: type(value).__name__,
)
def test_the_code_rebuilds_the_argument(value):
    (got,) = run(paste_code("answer", {"x": value}))
    assert_same(value, got)


def test_functions_and_the_order_of_arguments():
    scores = {"step_loss": Source("lambda y, p: np.sum(y - p)"), "b": 2, "a": 1}
    function, b, a = run(paste_code("answer", scores))
    assert (b, a) == (2, 1)
    assert function(np.ones(3), np.zeros(3)) == 3


def test_a_repeated_dict_is_written_once_under_the_name_of_the_argument():
    parameters = {"Waa": rng.normal(size=(2, 2)), "ba": np.zeros((2, 1))}
    steps = [(np.ones((2, 1)), dict(parameters)) for _ in range(3)]
    arguments = {"caches": steps, "parameters": parameters}
    code = paste_code("answer", arguments)
    assert code.count("Waa") == 1
    assert code.index("parameters = ") < code.index("caches = ")
    got = run(code)
    assert_same(tuple(arguments.values()), got)


def test_a_name_in_use_is_not_taken():
    twice = {"Waa": np.ones((2, 2))}
    arguments = {"caches": [twice, dict(twice)], "parameters": {"Waa": np.eye(2)}}
    assert_same(tuple(arguments.values()), run(paste_code("answer", arguments)))


def test_a_huge_array_inside_of_a_dict_leaves_python():
    code = paste_code("answer", {"w": {"a": np.ones((30, 40)) * 0.3, "b": np.ones((1, 1))}})
    compile(code, "pasted", "exec")
    assert not is_complete(code)
    assert is_complete(paste_code("answer", {"w": {"b": np.ones((1, 1))}}))


def test_a_huge_array_is_only_described():
    code = paste_code("answer", {"x": np.ones((30, 40)) * 0.3})
    assert "shape (30, 40)" in code
    assert len(code) < 300
    assert not is_complete(code)
    compile(code, "pasted", "exec")
    with pytest.raises(NameError, match="left_out"):
        run(code)
