"""Master keys: what a key file may hold, and what names a key."""

import base64

import pytest

from pushgate.sealing.master_keys import MasterKeys, new_key


def line(byte: bytes, length: int = 32) -> str:
    return base64.b64encode(byte * length).decode()


def test_the_first_line_is_the_key_that_seals_and_comments_are_left_out() -> None:
    keys = MasterKeys.parse(f"# made in May\n\n  {line(b'b')}  \n{line(b'a')}\n")
    assert keys.first == b"b" * 32
    assert keys.find(MasterKeys([b"a" * 32]).first_id) == b"a" * 32
    assert len(keys.names) == 2


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "must hold 1 to 16 keys"),
        ("# nothing\n", "must hold 1 to 16 keys"),
        (f"{line(b'a')}\nhunter2", "line 2 is no base64"),
        (line(b"a", 16), "line 1 is no base64 of 32 bytes"),
        (line(b"a", 33), "line 1 is no base64 of 32 bytes"),
        ("é" * 44, "line 1 is no base64"),
        ("\n".join(line(bytes([number])) for number in range(17)), "must hold 1 to 16 keys"),
    ],
)
def test_what_is_no_key_is_refused_without_being_repeated(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        MasterKeys.parse(text)
    assert "hunter2" not in str(caught.value)


def test_a_new_key_is_another_each_time() -> None:
    first, second = MasterKeys.parse(new_key()), MasterKeys.parse(new_key())
    assert first.first != second.first


def test_keys_are_not_shown() -> None:
    keys = MasterKeys([b"a" * 32])
    assert repr(keys) == f"MasterKeys({keys.first_id.hex()})"
