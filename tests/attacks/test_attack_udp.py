"""Send what was found to a server, by UDP."""

import socket

import pytest

ATTACK = """
import socket
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"loot", ("127.0.0.1", {port}))
"""


def test_control(world):
    server = world.listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
    world.unconfined(ATTACK.format(port=server.getsockname()[1]))
    assert server.recv(4) == b"loot"


def test_contained(arena, world):
    server = world.listen(socket.AF_INET, socket.SOCK_DGRAM, ("127.0.0.1", 0))
    server.setblocking(False)
    assert arena.gains_nothing(ATTACK.format(port=server.getsockname()[1])).refused
    with pytest.raises(BlockingIOError):
        server.recv(4)
