"""The text of GOAWAY is shown without secrets and with a limited length."""

import pytest
from tests.support.http2.peer import BODIES, ended_tags, goaway_frame, open_all, ready_connection

from pushgate.http2.frames import ErrorCode
from pushgate.http2.goaway import Goaway


@pytest.mark.parametrize(
    ("code", "debug", "text"),
    [
        (0, b"", "GOAWAY NO_ERROR"),
        (11, b"too_many_pings", "GOAWAY ENHANCE_YOUR_CALM (too_many_pings)"),
        (11, b"too_many_internal_resets: 101", "GOAWAY ENHANCE_YOUR_CALM (too_many_internal_resets: 101)"),
        (0, b'{"reason":"Shutdown"}', 'GOAWAY NO_ERROR ({"reason":"Shutdown"})'),
        (
            1,
            b'{"reason":"BadCertificate","timestamp":1512345678901}',
            'GOAWAY PROTOCOL_ERROR ({"reason":"BadCertificate","timestamp":1512345678901})',
        ),
        (0x1234, b"", "GOAWAY INTERNAL_ERROR (0x1234)"),
        (2, b"a\r\nb\x1b[31m\0\xe9\xff c\t", "GOAWAY INTERNAL_ERROR (a b [31m c)"),
        (2, b"\0\xff\n", "GOAWAY INTERNAL_ERROR"),
        (2, b"x y " * 10_000, f"GOAWAY INTERNAL_ERROR ({'x y ' * 40}...)"),
    ],
)
def test_goaway_is_shown_as_code_and_text(code: int, debug: bytes, text: str) -> None:
    assert str(Goaway(code, debug)) == text


@pytest.mark.parametrize(
    "secret",
    [
        "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJURUFNIn0.c2lnbmF0dXJl",
        "00fc13adff785122b4ad28809a3420982341241421348097878e577c991de8f0",
        "bk3RNwTe3H0:CI2k_HHwgIpoDKCIZvvDMExUdFQ3P1",
        "AAAAbCdEfGhIjKlMnOpQrStUvWxYzAbCdEfGhIjKlMn",
        "Zm9vYmFyMTIzNDU2Nzg5MA==",
    ],
)
def test_possible_tokens_and_keys_are_removed(secret: str) -> None:
    text = str(Goaway(1, f"bad header authorization: bearer {secret}, sorry".encode()))
    assert not any(secret[at : at + 16] in text for at in range(len(secret) - 15))
    assert text.startswith("GOAWAY PROTOCOL_ERROR (bad header authorization: bearer ")


def test_unanswered_requests_name_the_goaway() -> None:
    connection = ready_connection()
    open_all(connection, BODIES, [b"x"] * 3)
    events = connection.receive(goaway_frame(3, ErrorCode.ENHANCE_YOUR_CALM, b"too_many_pings"))
    assert events.refused == [2]
    assert str(connection.goaway) == "GOAWAY ENHANCE_YOUR_CALM (too_many_pings)"
    events = connection.lose("connection lost")
    text = "connection lost after GOAWAY ENHANCE_YOUR_CALM (too_many_pings)"
    assert events.unanswered == [(0, text), (1, text)]


def test_the_last_goaway_is_shown() -> None:
    connection = ready_connection()
    open_all(connection, BODIES, [b"x"])
    connection.receive(goaway_frame(2**31 - 1, 0) + goaway_frame(1, ErrorCode.INTERNAL_ERROR, b"sorry"))
    events = connection.lose("connection lost")
    assert events.unanswered == [(0, "connection lost after GOAWAY INTERNAL_ERROR (sorry)")]
    assert ended_tags(events) == [0]
