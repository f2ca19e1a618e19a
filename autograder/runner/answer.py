"""The loop of a student's process: run a cell, call a function, say what happened.

Everything here may be overwritten by the student's code; the grader believes none of it.
"""

import builtins
import contextlib
import os
import random
import types
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from autograder.errors import CodecError
from autograder.runner import codec, shell
from autograder.runner.habits import Results
from autograder.runner.replaced import replaced
from autograder.runner.wire import Channel

_WARNINGS = 20
_ALWAYS = [("always", None, Warning, None, 0)]


class Answerer:
    """Answers the grader's requests in order until it hangs up."""

    def __init__(self, interactive: Any, channel: Channel, output: shell.Output) -> None:
        self._shell = interactive
        self._channel = channel
        self._output = output
        self._random = False
        self._results = Results()

    def serve(self) -> None:
        """Answer until the grader is gone."""
        while True:
            try:
                request = self._channel.receive_encoded()
            except EOFError:
                return
            kind, *rest = codec.decode(request)
            if kind == "cells":
                number, sources = rest
                for place, source in enumerate(sources):
                    self._channel.send(self._cell(number + place, source))
            elif kind == "call":
                self._calls(*rest)
            else:
                write_files(rest[1])
                self._channel.send([rest[0], "written"])

    def _cell(self, number: int, source: str) -> list[Any]:
        seed()
        self._random |= "random" in source
        error = shell.run_cell(self._shell, source)
        described = None if error is None else shell.describe(error)
        return [number, described, self._output.take()]

    def _calls(self, number: int, name: str, batch: list[Any], served: list[str]) -> None:
        """Call a function on the arguments of each packet and reply to each at once."""
        for place, packet in enumerate(batch):
            if name not in self._shell.user_ns:
                self._channel.send([number + place, "undefined", None, [], [], []])
                return
            self._channel.send_encoded(self._call(number + place, name, packet.data, served))

    def _call(
        self, number: int, name: str, packet: memoryview, served: list[str]
    ) -> list[bytes | memoryview]:
        """Call a function and return the encoded reply."""
        copies = codec.Copies(build_function)
        arguments: dict[str, Any] = codec.decode(packet, copies)
        space = self._shell.user_ns
        function = space[name]
        proxies = {key: self._proxy(number, key) for key in served}
        if self._random:  # seeding costs as much as a small call
            seed()
        heard = Heard()
        with replaced(space, proxies, keep=name), heard.listening():
            status, value = invoke(function, list(arguments.values()))
        changed = changed_names(packet, arguments) if copies.are_changed() else []
        habits = self._results.habits_of(name, value, arguments)
        self._output.take()
        message = [number, status, value, changed, heard.texts, habits]
        try:
            encoded = codec.encode_strictly(message)
        except CodecError as error:
            message[2] = codec.unsendable(value, error)
            return codec.encode(message)
        self._results.keep(name, message, encoded)
        return encoded

    def _proxy(self, number: int, name: str) -> Callable[..., Any]:
        """Return a function that is computed by the grader."""
        channel = self._channel

        def proxy(*args: Any, **kwargs: Any) -> Any:
            channel.send([number, "serve", name, list(args), kwargs])
            reply = codec.decode(channel.receive_encoded(), codec.Copies(build_function))
            if reply[0] == "value":
                return reply[1]
            kind = getattr(builtins, reply[1], RuntimeError)
            known = isinstance(kind, type) and issubclass(kind, Exception)
            raise (kind if known else RuntimeError)(reply[2])

        proxy.__name__ = proxy.__qualname__ = name
        return proxy


class Heard:
    """Collects the warnings of a call; they are never printed and never raised."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """Listen as long as the context is open."""
        saved = warnings.filters[:], warnings.showwarning
        warnings.filters[:] = _ALWAYS  # type: ignore[index]
        warnings.showwarning = self._hear
        try:
            yield
        finally:
            warnings.filters[:], warnings.showwarning = saved  # type: ignore[index]

    def _hear(self, message: object, category: type, *_: object, **__: object) -> None:
        if len(self.texts) < _WARNINGS:
            self.texts.append(f"{category.__name__}: {message}"[: shell.MESSAGE_CHARS])


def invoke(function: Any, arguments: list[Any]) -> tuple[str, Any]:
    """Call and return ("value", value) or ("exception", its description)."""
    try:
        return "value", function(*arguments)
    except BaseException as error:
        return "exception", shell.describe(error)


def changed_names(packet: memoryview, arguments: dict[str, Any]) -> list[str]:
    """Return the names of the arguments that are not what they were in the packet."""
    sent = codec.decode(packet, functions=True)
    return [key for key, now in arguments.items() if not _same(sent[key], now)]


def _same(sent: Any, now: Any) -> bool:
    """Tell whether an argument is what was sent; functions are not looked into."""
    if type(sent) is codec.Source:
        return True
    if type(sent) is not type(now):
        return False
    if type(sent) is np.ndarray:
        form = (sent.shape, sent.dtype) == (now.shape, now.dtype)
        return form and bool(sent.tobytes() == now.tobytes())
    if type(sent) is dict:
        return list(sent) == list(now) and all(_same(sent[key], now[key]) for key in sent)
    if type(sent) in (list, tuple):
        return len(sent) == len(now) and all(map(_same, sent, now))
    return bool(sent == now or (sent != sent and now != now))  # NaN  # noqa: PLR0124


def seed() -> None:
    """Make unseeded random numbers the same in every run."""
    random.seed(0)
    np.random.seed(0)


def build_function(source: codec.Source) -> Any:
    """Compile a function argument."""
    return eval(compile(source.text, "<argument>", "eval"), {"np": np, "__name__": "argument"})


def write_files(files: dict[str, Any]) -> None:
    """Put a session's data files into its folder, the current one."""
    for name, content in files.items():
        folder = os.path.dirname(name)
        if os.path.isabs(name) or ".." in name.split("/"):
            raise CodecError(f"a file's name must stay inside its folder, not {name!r}")
        if folder:
            os.makedirs(folder, exist_ok=True)
        with open(name, "wb") as file:
            file.write(content.tobytes())


def stand_in() -> types.ModuleType:
    """Return the module that a notebook's ``from autograder import check`` finds."""
    module = types.ModuleType("autograder", "Stands in for the package while grading.")
    module.check = _ignore  # type: ignore[attr-defined]
    return module


def _ignore(*_args: object, **_kwargs: object) -> None:
    """Do nothing: when graded, a notebook's own checks are not run."""
