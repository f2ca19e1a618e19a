"""Send what was found to a server, by TCP."""

import socket

ATTACK = """
import socket
with socket.create_connection(("127.0.0.1", {port}), timeout=20) as connection:
    connection.sendall(b"loot")
"""


def test_control(world):
    server = world.listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
    assert world.unconfined(ATTACK.format(port=server.getsockname()[1])).returncode == 0
    connection, _ = server.accept()
    with connection:
        assert connection.recv(4) == b"loot"


def test_contained(arena, world):
    server = world.listen(socket.AF_INET, socket.SOCK_STREAM, ("127.0.0.1", 0))
    server.setblocking(False)
    assert arena.gains_nothing(ATTACK.format(port=server.getsockname()[1])).refused
    try:
        server.accept()
    except BlockingIOError:
        return
    raise AssertionError("somebody called")
