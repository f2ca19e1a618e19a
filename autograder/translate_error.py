"""Say what an exception means, for somebody who has met few of them.

Python's and numpy's messages are matched against a table. Of a message only shapes, places and
names that the student's own line shows are repeated: the rest of it may carry anything, also the
numbers of a hidden case.
"""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from autograder.runner.outcome import Raised

Hint = Mapping[str, str]

_SIZES = re.compile(r"\d+")
_NAME = re.compile(r"[A-Za-z_]\w{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A kind of exception: how to know it, and what to say of it."""

    id: str
    types: str
    pattern: str
    en: str
    zh: str


_TABLE = (
    _Entry(
        id="error-stub",
        types="NotImplementedError",
        pattern=r"",
        en="A function that is called here is not written yet; write it first, and remove the "
        "line that raises NotImplementedError.",
        zh="这里调用的某个函数还是未完成的占位代码；请先写好它，"
        "并删掉 raise NotImplementedError 那一行。",
    ),
    _Entry(
        id="error-shapes",
        types="ValueError",
        pattern=r"shapes (?P<s1>\([\d, ]*\)) and (?P<s2>\([\d, ]*\)) not aligned",
        en="A matrix product does not fit: {s1} times {s2}. The last size of the left factor must "
        "equal the first size of the right one; is a transpose missing, or are the factors "
        "in the wrong order?",
        zh="矩阵乘法的形状不匹配：{s1} 乘 {s2}。左边的最后一维必须等于右边的第一维；"
        "是否漏了转置，或两个因子的顺序反了？",
    ),
    _Entry(
        id="error-shapes",
        types="ValueError",
        pattern=r"matmul: .*size (?P<s2>\d+) is different from (?P<s1>\d+)",
        en="A matrix product does not fit: the left factor ends with size {s1}, the right one "
        "begins with size {s2}, and the two must be equal; is a transpose missing, or are the "
        "factors in the wrong order?",
        zh="矩阵乘法的形状不匹配：左边最后一维是 {s1}，右边第一维是 {s2}，二者必须相等；"
        "是否漏了转置，或两个因子的顺序反了？",
    ),
    _Entry(
        id="error-broadcast",
        types="ValueError",
        pattern=r"operands could not be broadcast together with (?:remapped )?shapes "
        r"(?P<s1>\([\d, ]*\)) ?(?P<s2>\([\d, ]*\))",
        en="Arrays of the shapes {s1} and {s2} cannot be combined entry by entry. Print both "
        "shapes: a transpose, a matrix product (np.dot) in the place of *, or keepdims=True may "
        "be missing.",
        zh="形状 {s1} 与 {s2} 的数组不能逐元素运算。请打印两者的形状：可能漏了转置、"
        "该用 np.dot 却写成了 *，或漏了 keepdims=True。",
    ),
    _Entry(
        id="error-broadcast",
        types="ValueError",
        pattern=r"non-broadcastable output operand with shape (?P<s1>\([\d, ]*\)) .*shape "
        r"(?P<s2>\([\d, ]*\))",
        en="An array of shape {s1} is changed in place (+= or the like) by something of the larger "
        "shape {s2}; was the array made with the wrong shape?",
        zh="用 += 之类就地修改形状为 {s1} 的数组，但右边的形状是更大的 {s2}；"
        "这个数组创建时的形状对吗？",
    ),
    _Entry(
        id="error-store",
        types="ValueError",
        pattern=r"could not broadcast input array from shape (?P<s1>\([\d, ]*\)) into shape "
        r"(?P<s2>\([\d, ]*\))",
        en="A value of shape {s1} does not fit into the place of shape {s2} where it is stored; "
        "check the shape with which the array was made, and the index on the left of =.",
        zh="形状为 {s1} 的值放不进形状为 {s2} 的位置；请检查数组创建时的形状，以及等号左边的下标。",
    ),
    _Entry(
        id="error-sequence",
        types="ValueError|TypeError",
        pattern=r"setting an array element with a sequence|only 0-dimensional arrays can be|"
        r"only length-1 arrays can be",
        en="A whole array stands where a single number is needed; is an index or a sum missing?",
        zh="需要一个数的地方放了整个数组；是否漏了下标或求和？",
    ),
    _Entry(
        id="error-concatenate",
        types="ValueError",
        pattern=r"all the input array dimensions except|all input arrays must have the same shape|"
        r"all the input arrays must have same number of dimensions",
        en="The arrays that are joined or stacked do not fit together; print their shapes and "
        "check the axis.",
        zh="要拼接或堆叠的数组形状不一致；请打印它们的形状并检查 axis。",
    ),
    _Entry(
        id="error-reshape",
        types="ValueError",
        pattern=r"cannot reshape array of size (?P<s1>\d+) into shape (?P<s2>\([\d, ]*\))",
        en="reshape cannot turn {s1} numbers into the shape {s2}; to swap axes use a transpose, "
        "which reshape is not.",
        zh="reshape 不能把 {s1} 个数变成形状 {s2}；要交换轴请用转置，reshape 不是转置。",
    ),
    _Entry(
        id="error-truth",
        types="ValueError",
        pattern=r"truth value of an array",
        en="`if`, `and`, `or`, `max` and `min` need one truth value, not an array of them; use "
        "np.where, np.maximum, np.minimum, & and |.",
        zh="if、and、or、max、min 只接受单个真假值，不能用于整个数组；请用 np.where、np.maximum、"
        "np.minimum、& 和 |。",
    ),
    _Entry(
        id="error-unpack",
        types="ValueError",
        pattern=r"not enough values to unpack \(expected (?P<n1>\d+), got (?P<n2>\d+)\)",
        en="{n1} names stand on the left of =, but only {n2} values come from the right; compare "
        "with what the docstring says of the shape, or of what is returned.",
        zh="等号左边有 {n1} 个名字，右边只有 {n2} 个值；请对照说明中的形状或返回值。",
    ),
    _Entry(
        id="error-unpack",
        types="ValueError",
        pattern=r"too many values to unpack \(expected (?P<n1>\d+)",
        en="More values come from the right of = than the {n1} names on its left; compare with "
        "what the docstring says of the shape, or of what is returned.",
        zh="等号右边的值多于左边的 {n1} 个名字；请对照说明中的形状或返回值。",
    ),
    _Entry(
        id="error-axis",
        types="AxisError|numpy.exceptions.AxisError|ValueError",
        pattern=r"axis (?P<n1>-?\d+) is out of bounds for array of dimension (?P<n2>\d+)",
        en="There is no axis {n1} in an array with {n2} axes; they are counted from 0.",
        zh="数组只有 {n2} 个轴，没有轴 {n1}；轴从 0 开始编号。",
    ),
    _Entry(
        id="error-index",
        types="IndexError",
        pattern=r"index (?P<i1>-?\d+) is out of bounds for axis (?P<n1>\d+) with size (?P<s1>\d+)",
        en="Index {i1} was asked of axis {n1}, which has size {s1}: valid are 0 to size - 1. Does "
        "the loop run over the right axis, and not one step too far?",
        zh="在轴 {n1}（长度 {s1}）上取了下标 {i1}，有效范围是 0 到长度减 1。"
        "循环走的是正确的轴吗？是否多走了一步？",
    ),
    _Entry(
        id="error-index",
        types="IndexError",
        pattern=r"list index out of range|tuple index out of range|pop from empty list",
        en="A list or tuple has fewer entries than the index asks for; indices run from 0 to "
        "length - 1. Was something appended at every step?",
        zh="列表或元组的元素比下标要求的少；下标从 0 到长度减 1。每一步都 append 了吗？",
    ),
    _Entry(
        id="error-too-many-indices",
        types="IndexError",
        pattern=r"too many indices for array: array is (?P<n1>\d+)-dimensional, but (?P<n2>\d+)",
        en="An array with {n1} axes was asked for {n2} indices; print its shape: an axis was lost "
        "or never there.",
        zh="数组只有 {n1} 个轴，却用了 {n2} 个下标；请打印形状：有一个轴丢失了，或者本来就没有。",
    ),
    _Entry(
        id="error-index-type",
        types="IndexError|TypeError",
        pattern=r"only integers, slices|arrays used as indices must be|indices must be integers|"
        r"only integer scalar arrays",
        en="An index must be a whole number (or an array of them), but something else was used.",
        zh="下标必须是整数（或整数数组），这里用了别的东西。",
    ),
    _Entry(
        id="error-key",
        types="KeyError",
        pattern=r"^'?(?P<w1>[A-Za-z_]\w*)'?$",
        en="The dict has no key {w1!r}: compare the spelling with the docstring; was it put in?",
        zh="字典里没有键 {w1!r}：请对照说明检查拼写；它被放进去了吗？",
    ),
    _Entry(
        id="error-key",
        types="KeyError",
        pattern=r"",
        en="A dict was asked for a key that it does not have: compare the spelling with the "
        "docstring.",
        zh="字典里没有所要的键：请对照说明检查拼写。",
    ),
    _Entry(
        id="error-unbound",
        types="UnboundLocalError",
        pattern=r"local variable '(?P<w1>\w+)'",
        en="{w1} is used before anything was assigned to it inside the function; note that a loop "
        "that never runs and a branch that is not taken assign nothing.",
        zh="函数里在给 {w1} 赋值之前就用了它；注意，没有执行的循环或分支不会赋值。",
    ),
    _Entry(
        id="error-name",
        types="NameError",
        pattern=r"name 'np' is not defined",
        en="numpy is not there under the name np; the cell with `import numpy as np` belongs at "
        "the top of the notebook.",
        zh="没有名为 np 的模块；请在 notebook 开头保留 import numpy as np。",
    ),
    _Entry(
        id="error-name",
        types="NameError",
        pattern=r"name '(?P<w1>\w+)' is not defined",
        en="Nothing is called {w1} here. Is it spelled as where it was made? What stands in a dict "
        'must be taken out of it first, as in Waa = parameters["Waa"].',
        zh="这里没有叫 {w1} 的东西。拼写和定义处一致吗？字典里的内容要先取出来，"
        '例如 Waa = parameters["Waa"]。',
    ),
    _Entry(
        id="error-missing-argument",
        types="TypeError",
        pattern=r"(?P<w1>\w+)\(\) missing (?P<n1>\d+) required (?:positional|keyword-only) "
        r"arguments?: '(?P<w2>\w+)'",
        en="{w1} was called without its argument {w2}.",
        zh="调用 {w1} 时少给了参数 {w2}。",
    ),
    _Entry(
        id="error-extra-argument",
        types="TypeError",
        pattern=r"(?P<w1>\w+)\(\) takes (?:from \d+ to )?(?P<n1>\d+) positional arguments? but "
        r"(?P<n2>\d+) (?:was|were) given",
        en="{w1} was called with {n2} arguments but takes {n1}; leave the first line of the "
        "function as it was given.",
        zh="调用 {w1} 时给了 {n2} 个参数，但它只接受 {n1} 个；请不要改动函数的第一行。",
    ),
    _Entry(
        id="error-keyword",
        types="TypeError",
        pattern=r"got an unexpected keyword argument '(?P<w1>\w+)'",
        en="An argument named {w1} was given to a function that has none of that name.",
        zh="给函数传了它没有的参数 {w1}。",
    ),
    _Entry(
        id="error-none",
        types="TypeError|AttributeError",
        pattern=r"'?NoneType'?",
        en="Something is None: a value still to be filled in, or what a function gave that has no "
        "return (list.append and list.reverse give None, too).",
        zh="有一个值是 None：可能还没填写，或来自没有 return 的函数"
        "（list.append、list.reverse 也返回 None）。",
    ),
    _Entry(
        id="error-call",
        types="TypeError",
        pattern=r"object is not callable",
        en="Something that is no function is called with ( ); to take a part use [ ], and for a "
        "product write * or np.dot. Or a variable took the name of a function.",
        zh="对不是函数的东西用了圆括号 ( )；取元素请用 [ ]，相乘请写 * 或 np.dot；"
        "也可能变量名盖住了函数名。",
    ),
    _Entry(
        id="error-subscript",
        types="TypeError",
        pattern=r"object is not subscriptable|object does not support item assignment",
        en="Something is taken apart (or filled) with [ ] that has no parts; print its type.",
        zh="对没有元素的东西用了 [ ]；请打印它的类型。",
    ),
    _Entry(
        id="error-operand",
        types="TypeError",
        pattern=r"unsupported operand type|can't multiply sequence|can only concatenate",
        en="Two things are combined that do not go together, such as a dict or a tuple with an "
        "array; print their types, perhaps one has to be unpacked first.",
        zh="把不能一起运算的东西（如字典或元组与数组）放在了一起；请打印类型，可能要先取出其中的内容。",
    ),
    _Entry(
        id="error-integer",
        types="TypeError",
        pattern=r"cannot be interpreted as an integer|cannot be safely interpreted as an integer|"
        r"'float' object cannot",
        en="A whole number is needed (range, np.zeros, an index), but it is a float or an array; "
        "// divides to a whole number.",
        zh="这里需要整数（range、np.zeros 或下标），给的却是浮点数或数组；整除请用 //。",
    ),
    _Entry(
        id="error-casting",
        types="UFuncTypeError|UFuncOutputCastingError|_UFuncOutputCastingError|TypeError",
        pattern=r"Cannot cast ufunc",
        en="Fractions cannot be added in place to an array of integers; make the array with "
        "floats (np.zeros without dtype).",
        zh="整数数组不能就地加上小数；请用浮点数组（np.zeros 不带 dtype）。",
    ),
    _Entry(
        id="error-attribute",
        types="AttributeError",
        pattern=r"module '(?:numpy[.\w]*)' has no attribute '(?P<w1>\w+)'",
        en="numpy has nothing called {w1}; check the spelling, or whether it is a name of old "
        "versions (np.float is now float).",
        zh="numpy 里没有 {w1}；请检查拼写，或它是否是旧版本的名字（np.float 现在写 float）。",
    ),
    _Entry(
        id="error-attribute",
        types="AttributeError",
        pattern=r"'(?:dict|tuple|list|float|int|numpy\.float64)' object has no attribute "
        r"'(?P<w1>\w+)'",
        en="{w1} is asked of something that is no array; print its type, perhaps it must be taken "
        "out of a dict or tuple first.",
        zh="对不是数组的东西用了 {w1}；请打印它的类型，可能要先从字典或元组里取出来。",
    ),
    _Entry(
        id="error-zero-division",
        types="ZeroDivisionError",
        pattern=r"",
        en="A division by zero: which size or sum is 0 in the small case?",
        zh="除以了零：在小例子里哪个长度或和为 0？",
    ),
    _Entry(
        id="error-recursion",
        types="RecursionError",
        pattern=r"",
        en="The function calls itself without end; is another function meant?",
        zh="函数无休止地调用自己；是不是想调用另一个函数？",
    ),
    _Entry(
        id="error-memory",
        types="MemoryError|_ArrayMemoryError",
        pattern=r"",
        en="It asked for far more memory than the inputs need; look at the shapes of new arrays.",
        zh="申请的内存远超需要；请检查新建数组的形状。",
    ),
    _Entry(
        id="error-square",
        types="LinAlgError",
        pattern=r"",
        en="A linear algebra routine refused its matrix; is it square, and free of NaN?",
        zh="线性代数函数拒绝了这个矩阵；它是方阵吗？含有 NaN 吗？",
    ),
    _Entry(
        id="error-assert",
        types="AssertionError",
        pattern=r"",
        en="An assert of your own failed: what it states is not true for this input.",
        zh="你自己写的 assert 没有通过：它所断言的条件对这个输入不成立。",
    ),
)

_OTHER = _Entry(
    id="error",
    types="",
    pattern=r"",
    en="The call ended in an error; run the small case below in your notebook and read the last "
    "line of the traceback, then the line of yours that it points at.",
    zh="调用以错误结束；请在 notebook 里运行下面的小例子，先读 traceback 的最后一行，"
    "再看它指向的那行代码。",
)


def translate_error(
    error: Raised, *, sizes: Collection[int] = (), names: Collection[str] = ()
) -> tuple[str, Hint]:
    """Name the kind of an exception and say what it means.

    Parameters
    ----------
    error : Raised
    sizes : collection of int
        Dimensions of the case; a message's sizes are repeated when they are made from these.
    names : collection of str
        Names that may be repeated besides those in the student's own line.

    Returns
    -------
    tuple of str and mapping
        An id such as ``"error-shapes"``, and the sentence by language.
    """
    for entry in _TABLE:
        match = re.search(entry.pattern, error.message)
        if match and error.type in entry.types.split("|"):
            words = {*_NAME.findall(error.line or ""), *names}
            details = _safe(match.groupdict(), _possible(sizes), words)
            return entry.id, _sentences(entry, error, details.format)
    return _OTHER.id, _sentences(_OTHER, error, str)


class _Details(dict[str, str]):
    def format(self, text: str) -> str:
        return text.format_map(self)


def _sentences(entry: _Entry, error: Raised, fill: Callable[[str], str]) -> Hint:
    line = (error.line or "").strip()
    where = {"en": f" Look at `{line}`.", "zh": f" 请看这一行：`{line}`。"}
    texts = {"en": fill(entry.en), "zh": fill(entry.zh)}
    return {key: text + (where[key] if line else "") for key, text in texts.items()}


def _safe(groups: Mapping[str, str], sizes: Collection[int], words: Collection[str]) -> _Details:
    """What of a message may be repeated; the rest becomes an ellipsis."""
    details = _Details()
    for key, text in groups.items():
        numbers = [int(number) for number in _SIZES.findall(text[:40])]
        known = (
            text in words
            if key.startswith("w")
            else len(text) <= 40 and all(n in sizes or n < 10 for n in numbers)
        )
        details[key] = text if known else "…"
    return details


def _possible(sizes: Collection[int]) -> set[int]:
    """Sizes that arise from a case's dimensions: themselves, sums and products of two."""
    drawn: Sequence[int] = list(sizes)
    return {
        0,
        1,
        *drawn,
        *(a + b for a in drawn for b in drawn),
        *(a * b for a in drawn for b in drawn),
    }
