"""Ports for servers on this machine: free, and below those that outgoing connections get."""

import socket
from pathlib import Path

import pytest

from pushgate.domain.errors import ConfigurationError
from pushgate.embedded.ports import free_port


def test_a_chosen_port_is_free_and_never_chosen_again() -> None:
    chosen = [free_port("127.0.0.1", 0, "--port") for _ in range(20)]
    assert len(set(chosen)) == 20
    for port in chosen:
        socket.create_server(("127.0.0.1", port)).close()


def test_a_chosen_port_is_below_those_of_outgoing_connections() -> None:
    first_lent = 49_152  # macOS
    linux = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if linux.exists():
        first_lent = int(linux.read_text("ascii").split()[0])
    assert free_port("127.0.0.1", 0, "--port") < first_lent


def test_a_port_in_use_is_not_chosen() -> None:
    while True:
        before = free_port("127.0.0.1", 0, "--port")
        try:
            taken = socket.create_server(("127.0.0.1", before + 1))
        except OSError:  # another process has the port: try the next ones
            continue
        break
    with taken:
        assert free_port("127.0.0.1", 0, "--port") != before + 1


def test_the_error_for_a_taken_port_names_the_option() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} on 127.0.0.1 is taken.*--port"):
            free_port("127.0.0.1", port, "--port")
