"""Sockets of processes: addresses in texts, and errors that name the setting."""

import socket

import pytest

from pushgate.domain.errors import ConfigurationError
from pushgate.processes.listener import address_of, listen, metrics_url


def test_a_free_port_is_part_of_the_address() -> None:
    with listen("127.0.0.1", 0, "api.port") as listener:
        port = listener.getsockname()[1]
        assert address_of(listener) == f"127.0.0.1:{port}"
        assert metrics_url(listener) == f"http://127.0.0.1:{port}/metrics"


@pytest.mark.skipif(not socket.has_ipv6, reason="there is no IPv6")
def test_an_ipv6_address_is_in_brackets() -> None:
    try:
        listener = listen("::1", 0, "api.port")
    except ConfigurationError:
        pytest.skip("there is no IPv6 loopback")
    with listener:
        assert address_of(listener).startswith("[::1]:")


def test_the_error_for_a_taken_port_names_the_setting() -> None:
    with listen("127.0.0.1", 0, "metrics.port") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=r"choose another with metrics\.port") as caught:
            listen("127.0.0.1", port, "metrics.port")
    assert [error.field for error in caught.value.errors] == ["metrics.port"]
