"""Talk to a service of this machine through a socket in a file or in the abstract name space."""

import socket

import pytest

STREAM = """
import socket
connection = socket.socket(socket.AF_UNIX)
connection.connect({address!r})
connection.sendall(b"loot")
"""
PACKETS = """
import socket
a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
a.sendto(b"loot", {address!r})
"""
# The process's own socket is a stream: nothing can be sent with it to another address.
OWN = """
import socket
own = next(s for s in map(open_socket, range(3, 64)) if s)
own.sendto(b"loot", {address!r})
"""
OPEN = """
import os, socket, stat
def open_socket(number):
    try:
        if stat.S_ISSOCK(os.fstat(number).st_mode):
            return socket.socket(fileno=os.dup(number))
    except OSError:
        pass
"""


@pytest.fixture(params=["file", "abstract"])
def address(request, world, tmp_path):
    if request.param == "file":
        return str(tmp_path / "s")  # a long path would not fit
    return f"\0autograder-{id(world)}"


@pytest.mark.parametrize(
    ("attack", "kind"), [(STREAM, socket.SOCK_STREAM), (PACKETS, socket.SOCK_DGRAM)]
)
def test_control(world, address, attack, kind):
    server = world.listen(socket.AF_UNIX, kind, address)
    world.unconfined(attack.format(address=address))
    if kind == socket.SOCK_STREAM:
        server = server.accept()[0]
    assert server.recv(4) == b"loot"
    server.close()


@pytest.mark.parametrize(
    ("attack", "kind"),
    [(STREAM, socket.SOCK_STREAM), (PACKETS, socket.SOCK_DGRAM), (OWN, socket.SOCK_DGRAM)],
)
def test_contained(arena, world, address, attack, kind):
    server = world.listen(socket.AF_UNIX, kind, address)
    server.setblocking(False)
    arena.gains_nothing(OPEN, attack.format(address=address))
    with pytest.raises(BlockingIOError):
        server.accept() if kind == socket.SOCK_STREAM else server.recv(4)
