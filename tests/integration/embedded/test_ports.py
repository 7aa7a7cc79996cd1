"""Ports for servers of our own: free, and out of the way of outgoing connections."""

import socket
from pathlib import Path

import pytest

from pushgate.domain.errors import ConfigurationError
from pushgate.embedded.ports import free_port


def test_a_chosen_port_can_be_listened_on_and_is_not_chosen_again() -> None:
    chosen = [free_port("127.0.0.1", 0, "--port") for _ in range(20)]
    assert len(set(chosen)) == 20
    for port in chosen:
        socket.create_server(("127.0.0.1", port)).close()


def test_no_outgoing_connection_is_lent_a_chosen_port() -> None:
    lent_from = 49_152  # macOS
    linux = Path("/proc/sys/net/ipv4/ip_local_port_range")
    if linux.exists():
        lent_from = int(linux.read_text("ascii").split()[0])
    assert free_port("127.0.0.1", 0, "--port") < lent_from


def test_a_chosen_port_is_not_one_that_is_listened_on() -> None:
    before = free_port("127.0.0.1", 0, "--port")
    with socket.create_server(("127.0.0.1", before + 1)):
        assert free_port("127.0.0.1", 0, "--port") != before + 1


def test_a_port_that_is_taken_is_told_with_the_option_that_changes_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} on 127.0.0.1 is taken.*--port"):
            free_port("127.0.0.1", port, "--port")
