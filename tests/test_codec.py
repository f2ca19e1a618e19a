"""The language between grader and student process: what goes in comes out, and nothing else."""

import math
import random
import struct
from collections import OrderedDict, namedtuple
from enum import IntEnum

import msgpack
import numpy as np
import pytest

from autograder.errors import CodecError
from autograder.runner import codec, layout
from autograder.runner.codec import Opaque, Source


def encoded(value: object) -> bytes:
    return b"".join(codec.encode(value))


def there_and_back(value: object) -> object:
    return codec.decode(bytearray(encoded(value)))


PLAIN = [
    None,
    True,
    0,
    -(1 << 63),
    (1 << 63) - 1,
    1 << 63,
    -(1 << 200),
    10**4000,
    1.5,
    -0.0,
    math.inf,
    2 + 3j,
    "",
    "Größe 大",
    b"\x00\xff",
    [],
    (),
    {},
    [1, (2, [3, ()]), "x"],
    {"a": 1, 2: [3.0], None: (4,), True: 5, 2.5: 6},
    Opaque("thing", "<thing>"),
]


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:30])
def test_plain_values_come_back_as_they_were(value: object) -> None:
    back = there_and_back(value)
    assert back == value
    assert type(back) is type(value)


def test_functions_come_from_the_grader_only() -> None:
    source = encoded([Source("lambda x: x + 1")])
    assert codec.decode(source, functions=True) == [Source("lambda x: x + 1")]
    with pytest.raises(CodecError, match="a function from"):
        codec.decode(source)


def test_lists_and_tuples_stay_apart_and_dicts_keep_their_order() -> None:
    assert there_and_back([(1,), [1]]) == [(1,), [1]]
    assert list(there_and_back({"b": 1, "a": 2})) == ["b", "a"]


def test_nan_comes_back() -> None:
    assert math.isnan(there_and_back(math.nan))


@pytest.mark.parametrize(
    "dtype",
    ["?", "i1", "u1", "i2", "<i4", ">i4", "i8", "u8", "f2", "f4", "<f8", ">f8", "g", "F", "D"],
)
def test_arrays_of_numbers_come_back(dtype: str) -> None:
    for shape in [(), (0,), (3, 0), (1,), (2, 3), (5, 4, 3, 2)]:
        array = np.arange(math.prod(shape)).astype(dtype).reshape(shape)
        back = there_and_back([array, "between", array])
        for copy in (back[0], back[2]):
            assert type(copy) is np.ndarray
            assert copy.dtype == array.dtype
            np.testing.assert_array_equal(copy, array)
            assert copy.shape == array.shape


def test_layout_in_memory_does_not_matter() -> None:
    array = np.arange(24.0).reshape(4, 6)
    for view in (np.asfortranarray(array), array.T, array[::2, ::-1], array[:, 1]):
        np.testing.assert_array_equal(there_and_back(view), view)


def test_large_arrays_are_sent_from_where_they_lie() -> None:
    array = np.arange(10_000.0)
    parts = codec.encode([array, 1, array[::2]])
    assert any(isinstance(part, memoryview) and np.shares_memory(part, array) for part in parts)
    back = codec.decode(b"".join(parts))
    np.testing.assert_array_equal(back[0], array)
    np.testing.assert_array_equal(back[2], array[::2])


def test_texts_in_arrays_and_numpy_scalars_come_back() -> None:
    assert there_and_back(np.array(["ab", "c大"])).tolist() == ["ab", "c大"]
    for scalar in (np.float64(2.5), np.float32(-1), np.int16(7), np.True_, np.complex64(1j)):
        back = there_and_back(scalar)
        assert back == scalar
        assert type(back) is type(scalar)


def test_special_values_in_arrays_come_back() -> None:
    array = np.array([math.nan, math.inf, -math.inf, -0.0])
    back = there_and_back(array)
    assert back.tobytes() == array.tobytes()


class Sly(np.ndarray):
    """An array that lies about itself."""

    def __array_function__(self, *args: object, **kwargs: object) -> object:
        raise RuntimeError

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = None

    def tobytes(self, *args: object) -> bytes:
        return b"lies"

    @property
    def dtype(self) -> object:
        return np.dtype("O")


class SlyFloat(float):
    def __float__(self) -> float:
        return 42.0

    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = float.__hash__


class SlyList(list):
    def __iter__(self) -> object:
        return iter([42])


class SlyText(str):
    def __str__(self) -> str:
        return "42"


class Level(IntEnum):
    LOW = 1


def test_subclasses_arrive_as_what_they_are_made_of() -> None:
    array = there_and_back(np.arange(3.0).view(Sly))
    assert type(array) is np.ndarray
    assert array.tolist() == [0.0, 1.0, 2.0]
    matrix = there_and_back(np.eye(2).view(np.matrix))
    assert type(matrix) is np.ndarray
    pairs = [
        (SlyFloat(1.5), 1.5),
        (SlyList([1, 2]), [1, 2]),
        (SlyText("a"), "a"),
        (Level.LOW, 1),
        (OrderedDict(a=1), {"a": 1}),
        (namedtuple("Point", "x y")(1, 2), (1, 2)),
    ]
    for value, expected in pairs:
        back = there_and_back(value)
        assert back == expected
        assert type(back) is type(expected)


class Impostor:
    """Claims to be an array."""

    @property
    def __class__(self) -> type:
        return np.ndarray


def test_an_impostor_arrives_as_opaque() -> None:
    assert isinstance(there_and_back([Impostor()]), Opaque)


class Rude:
    def __repr__(self) -> str:
        raise ValueError


@pytest.mark.parametrize(
    "value",
    [
        object(),
        Rude(),
        {1, 2},
        len,
        np.array([1, "a", None], dtype=object),
        np.zeros(2, dtype=[("a", "f8")]),
        np.datetime64("2020-01-01"),
        np.ma.masked_array([1.0, 2.0], mask=[True, False]),
        {(1, 2): 3},
        {1 << 80: 1},
        1 << 20_000,
        "x" * (3 << 20),
        bytearray(b"x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_arrives_as_its_name(value: object) -> None:
    back = there_and_back(["before", value, "after"])
    assert back[0] == "before"
    assert isinstance(back[1], Opaque)
    assert back[1].type_name == type(value).__name__
    assert back[2] == "after"


def test_arrays_of_odd_kinds_arrive_as_the_numbers_that_they_hold() -> None:
    nothing_masked = np.ma.masked_array([1.0, 2.0], mask=[False, False])
    objects = np.frompyfunc(lambda v: v + 1.0, 1, 1)(np.array([[0.0, 1.0]]))
    for value, want in (
        (nothing_masked, [1.0, 2.0]),
        (np.ma.ones(2), [1.0, 1.0]),
        (objects, [[1.0, 2.0]]),
    ):
        back = there_and_back([value, value])
        for array in back:
            assert type(array) is np.ndarray
            assert array.dtype == np.float64
            assert array.tolist() == want


def test_giant_nested_and_cyclic_values_arrive_as_one_opaque() -> None:
    cyclic: list[object] = []
    cyclic.append(cyclic)
    bush: object = 1
    for _ in range(30):
        bush = [bush, bush]
    deep: object = 1
    for _ in range(5000):
        deep = (deep,)
    for value in (cyclic, bush, deep, [0] * 1_000_000, np.broadcast_to(1.0, (10**9,))):
        assert isinstance(there_and_back(value), Opaque)


def test_unpaired_surrogates_do_not_reach_the_grader() -> None:
    assert there_and_back("a\ud800") == "a?"
    with pytest.raises(CodecError):
        codec.decode(encoded(np.array(["\ud800"])))


def test_what_comes_again_is_sent_once() -> None:
    weights = {"W": np.eye(40), "b": np.zeros(3)}
    step = (np.ones(5), weights)
    value = [step, step, weights, weights["W"], (np.ones(5), weights), [], []]
    assert len(encoded(value)) < 14_000 < len(encoded([weights["W"], np.eye(40)]))
    back = there_and_back(value)
    assert [type(part) for part in back] == [tuple, tuple, dict, np.ndarray, tuple, list, list]
    for part in (back[0][1], back[1][1], back[2], back[4][1]):
        assert list(part) == ["W", "b"]
        np.testing.assert_array_equal(part["W"], np.eye(40))
        np.testing.assert_array_equal(part["b"], np.zeros(3))
    np.testing.assert_array_equal(back[3], np.eye(40))
    assert encoded(back) == encoded(value)


def test_what_comes_again_counts_as_if_it_were_sent_again() -> None:
    bush: object = [1.0] * 100
    for _ in range(8):
        bush = (bush, bush, bush)
    assert isinstance(there_and_back(bush), Opaque)
    large = np.zeros(1 << 20)
    assert isinstance(there_and_back([large] * 8), Opaque)
    assert len(there_and_back([large] * 2)) == 2


def test_a_dict_that_cannot_be_sent_leaves_nothing_behind() -> None:
    back = there_and_back([{"a": np.ones(3), (1, 2): 3}, np.zeros(2)])
    assert isinstance(back[0], Opaque)
    assert back[1].tolist() == [0, 0]


def test_arguments_that_come_again_are_copies_each() -> None:
    x = np.ones(3)
    flat = {"x": x, "n": 1}
    copies = codec.Copies(abs)
    back = codec.decode(encoded([x, x, flat, flat, (flat, [x])]), copies)
    assert not copies.are_changed()
    back[2]["x"] += 1
    assert copies.are_changed()
    for other in (back[0], back[1], back[3]["x"], back[4][0]["x"], back[4][1][0]):
        assert other.tolist() == [1, 1, 1]
        assert other.flags.owndata


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a["x"].__setitem__(0, 5.0),
        lambda a: setattr(a["x"], "shape", (3, 1)),
        lambda a: a["weights"].update(W=1),
        lambda a: a["weights"].pop("W"),
        lambda a: a["list"].append(1),
        lambda a: a["list"].__setitem__(0, 2.5),
        lambda a: a["caches"][1][0].__setitem__(0, -1),
        lambda a: a["caches"][1][1].__setitem__("W", None),
    ],
    ids=range(8),
)
def test_a_change_in_place_is_noticed(change: object) -> None:
    weights = {"W": np.eye(2)}
    step = (np.ones(2), weights)
    value = {"x": np.zeros(3), "weights": weights, "list": [1.5, 2], "caches": [step, step]}
    copies = codec.Copies(abs)
    arguments = codec.decode(encoded(value), copies)
    arguments["x"] + 1
    assert not copies.are_changed()
    change(arguments)
    assert copies.are_changed()


def test_a_second_trip_changes_nothing() -> None:
    value = {"a": [np.eye(2), 1.5, (None, np.float32(2))], 3: "x", "big": 1 << 70}
    once = encoded(value)
    assert encoded(codec.decode(once)) == once


def test_arguments_own_their_memory_and_functions_are_built() -> None:
    value = {"x": np.zeros(3), "f": Source("abs")}
    back = codec.decode(encoded(value), codec.Copies(lambda source: f"built {source.text}"))
    assert back["f"] == "built abs"
    assert back["x"].flags.owndata
    assert back["x"].flags.writeable


def forged(tree: object, blobs: bytes = b"") -> bytes:
    packed = msgpack.packb(tree)
    head = struct.pack("<I", len(packed)) + packed
    return head + bytes(-len(head) % layout.ALIGN if blobs else 0) + blobs


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x01",
        struct.pack("<I", 100) + b"\x01",
        struct.pack("<I", 0xFFFFFFFF),
        forged({"a": 1}),
        forged([]),
        forged([99, 1]),
        forged([True, 1]),
        forged([layout.LIST, msgpack.ExtType(1, b"x")]),
        forged([layout.DICT, "a"]),
        forged([layout.DICT, [layout.LIST], 1]),
        forged([layout.DICT, [layout.TUPLE, 1], 1]),
        forged([layout.DICT, [layout.INTEGER, b"\x01" * 9], 1]),
        forged([layout.ARRAY, "<f8", 2], b"\0" * 8),
        forged([layout.ARRAY, "<f8", 1], b"\0" * 16),
        forged([layout.ARRAY, "<f8", -1]),
        forged([layout.ARRAY, "<f8", 1 << 62, 1 << 62, 0]),
        forged([layout.ARRAY, "<f8", 0, 1 << 40]),
        forged([layout.ARRAY, "<f8", True], b"\0" * 8),
        forged([layout.ARRAY, "<f8", *[1] * 40], b"\0" * 8),
        forged([layout.ARRAY, "|O", 1], b"\0" * 8),
        forged([layout.ARRAY, "<U0", 1 << 20]),
        forged([layout.ARRAY, "<U1", 1], b"\xff\xff\xff\x7f"),
        forged([layout.ARRAY, "<U1", 1], struct.pack("<I", 0xD800)),
        forged([layout.ARRAY, ["<f8"], 1], b"\0" * 8),
        forged([layout.ARRAY]),
        forged([layout.SCALAR, "<f8", b"\0" * 7]),
        forged([layout.COMPLEX, 1, 2.0]),
        forged([layout.INTEGER, b"\x01" * 5000]),
        forged([layout.OPAQUE, "a"]),
        forged([layout.SOURCE, 1]),
        forged([layout.LIST, [layout.LIST], [layout.AGAIN, 1]]),
        forged([layout.LIST, [layout.LIST], [layout.AGAIN, -1]]),
        forged([layout.LIST, [layout.LIST], [layout.AGAIN, True]]),
        forged([layout.LIST, [layout.LIST], [layout.AGAIN]]),
        forged([layout.LIST, [layout.AGAIN, 0]]),
        forged([layout.DICT, [layout.LIST], [layout.AGAIN, 0]]),
        forged(1) + b"extra",
        forged("x")[:-1] + b"\xff",
    ],
    ids=range(39),
)
def test_forged_messages_raise_the_codec_error(data: bytes) -> None:
    with pytest.raises(CodecError):
        codec.decode(data)


def test_forged_nesting_and_prices_are_refused() -> None:
    deep: object = 1
    for _ in range(500):
        deep = [layout.LIST, deep]
    for data in (forged(deep), forged([layout.LIST] + [0] * 300_000), b"\x91" * 10_000):
        with pytest.raises(CodecError):
            codec.decode(data)
    nested = b"\xdd\x00\x03\x0d\x40" * 900  # each level promises 200,000 parts
    with pytest.raises(CodecError):
        codec.decode(struct.pack("<I", len(nested)) + nested)


def test_booleans_are_made_sound() -> None:
    data = forged([layout.ARRAY, "|b1", 3], b"\x00\x02\xff")
    assert codec.decode(data).view(np.uint8).tolist() == [0, 1, 1]


SHARED = {"x": np.arange(3.0), "n": 2}
SEEDS = [
    encoded([1, "value", np.arange(6.0).reshape(2, 3), [], ["RuntimeWarning: overflow"]]),
    encoded({"a": (1, 2.5, None), 2: [np.float32(1), 1 << 70, 1j, True]}),
    encoded([3, ["ValueError", "bad", "raise ValueError", 2], "printed"]),
    encoded([(np.ones(2), SHARED), (np.ones(3), SHARED), SHARED["x"], SHARED]),
    encoded([np.array(["ab", "c"]), np.array([True, False]), Opaque("f", "<f>"), b"\x00" * 20]),
]


def mutate(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(changed) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            changed[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del changed[at : at + chance.randint(1, 8)]
        elif kind == 2:
            changed[at:at] = chance.randbytes(chance.randint(1, 8))
        elif kind == 3:
            changed[at : at + 1] = bytes(
                [chance.choice([0x7F, 0x80, 0xC7, 0xC9, 0xDD, 0xDF, 0xFF])]
            )
        else:
            other = chance.choice(SEEDS)
            start = chance.randrange(len(other))
            changed[at : at + 8] = other[start : start + chance.randint(1, 16)]
        if not changed:
            changed += b"\x00"
    return bytes(changed)


def fuzz(count: int, seed: int) -> int:
    chance = random.Random(seed)
    survived = 0
    for _ in range(count):
        data = mutate(chance.choice(SEEDS), chance)
        try:
            value = codec.decode(data)
        except CodecError:
            continue
        survived += 1
        codec.decode(encoded(value))
    return survived


def test_mutated_messages_raise_the_codec_error_only() -> None:
    assert 0 < fuzz(4_000, seed=1) < 4_000


@pytest.mark.slow
def test_many_mutated_messages_raise_the_codec_error_only() -> None:
    assert 0 < fuzz(120_000, seed=2) < 120_000
