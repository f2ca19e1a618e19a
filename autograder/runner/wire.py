"""Messages over a stream socket: four bytes of length, then what `codec` made."""

import os
import select
import socket
import struct
from collections.abc import Callable
from typing import Any

from autograder.errors import CodecError
from autograder.runner import codec

_FIRST = 1 << 16  # read at once: nearly every message fits
_BUFFERS = 512  # per writev, below the system's IOV_MAX

Wait = Callable[[bool], None]


class Channel:
    """One end of the conversation.

    Parameters
    ----------
    sock : socket
        A connected stream socket: blocking, or non-blocking with `wait`.
    wait : callable, optional
        ``wait(writing)`` returns when the socket may be ready, or raises to give up.
    """

    def __init__(self, sock: socket.socket, wait: Wait | None = None) -> None:
        self.sock = sock
        self._wait = wait
        self._scratch = memoryview(bytearray(_FIRST))
        self._start = self._end = 0  # of what is unread in it

    def send(self, value: object) -> None:
        """Encode and send a value."""
        self.send_encoded(codec.encode(value))

    def send_encoded(self, parts: list[bytes | memoryview]) -> None:
        """Send an encoded value."""
        head = struct.pack("<I", codec.size(parts))
        left: list[bytes | memoryview] = [head + parts[0] if len(parts) == 1 else head]
        if len(parts) > 1:
            left += parts
        while left:
            try:
                sent = os.writev(self.sock.fileno(), left[:_BUFFERS])
            except BlockingIOError:
                self._pause(True)
                continue
            while left and sent >= len(left[0]):
                sent -= len(left.pop(0))
            if sent:
                left[0] = memoryview(left[0])[sent:]

    def receive(self) -> Any:
        """Wait for a message and decode it.

        Raises
        ------
        EOFError
            The other side is gone.
        CodecError
            What came is not a message.
        """
        return codec.decode(self.receive_encoded())

    def receive_encoded(self) -> bytearray:
        """Wait for a message and return its bytes, in memory of their own."""
        while self._end - self._start < 4:
            if self._start:
                self._scratch[: self.unread] = bytes(self._scratch[self._start : self._end])
                self._start, self._end = 0, self.unread
            self._end += self._read(self._scratch[self._end :])
        (length,) = struct.unpack_from("<I", self._scratch, self._start)
        if length > codec.MAX_BYTES:
            raise CodecError("bad length")
        begin = self._start + 4
        self._start = min(begin + length, self._end)
        data = bytearray(self._scratch[begin : self._start])
        if len(data) < length:
            have = len(data)
            data += bytes(length - have)
            view = memoryview(data)
            while have < length:
                have += self._read(view[have:])
            view.release()
        return data

    @property
    def unread(self) -> int:
        """Bytes of messages that came together with the last one."""
        return self._end - self._start

    def _read(self, view: memoryview) -> int:
        while True:
            try:
                count = self.sock.recv_into(view)
            except BlockingIOError:
                self._pause(False)
                continue
            except ConnectionError:
                count = 0
            if not count:
                raise EOFError
            return count

    def _pause(self, writing: bool) -> None:
        if self._wait is not None:
            self._wait(writing)


def until_ready(sock: socket.socket) -> Wait:
    """Make a socket non-blocking and return what waits for it.

    A process that blocks in a read is also woken, for nothing, whenever the other side reads.
    """
    sock.setblocking(False)
    reading, writing = select.poll(), select.poll()
    reading.register(sock, select.POLLIN)
    writing.register(sock, select.POLLOUT)

    def wait(for_writing: bool) -> None:
        (writing if for_writing else reading).poll()

    return wait
