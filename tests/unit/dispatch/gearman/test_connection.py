"""A lost peer is noticed within ten seconds, whether anything is under way to it or not."""

import socket

import pytest

from pushgate.dispatch.gearman.connection import keep_alive


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="the option is Linux's")
def test_probes_and_unconfirmed_bytes_have_a_limit() -> None:
    with socket.socket() as opened:
        keep_alive(opened)
        idle, interval, count, unconfirmed_ms = (
            opened.getsockopt(socket.IPPROTO_TCP, getattr(socket, name))
            for name in ("TCP_KEEPIDLE", "TCP_KEEPINTVL", "TCP_KEEPCNT", "TCP_USER_TIMEOUT")
        )
        assert opened.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE)
        assert idle + interval * count <= 10
        assert unconfirmed_ms <= 10_000
