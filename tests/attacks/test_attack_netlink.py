"""Ask the kernel about the machine's network and processes through netlink and raw sockets."""

import pytest

ATTACKS = [
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0).bind((0, 0))",
    "socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 11)",
    "socket.socket(socket.AF_INET6, socket.SOCK_STREAM)",
    "socket.socket(38, socket.SOCK_SEQPACKET)",
    "socket.getaddrinfo('localhost', 80, type=socket.SOCK_STREAM)",
    "socket.if_nameindex()[0]",
]


@pytest.mark.parametrize("attack", [ATTACKS[0], ATTACKS[4], ATTACKS[5]])
def test_control(world, attack):
    done = world.unconfined(f"import socket\n{attack}\nprint('done')")
    assert done.stdout == "done\n", done.stderr


@pytest.mark.parametrize("attack", ATTACKS)
def test_contained(arena, attack):
    strike = arena.gains_nothing(f"import socket\n{attack}\nprint('done')")
    assert strike.printed == ""
    assert strike.error in ("PermissionError", "OSError", "gaierror")
