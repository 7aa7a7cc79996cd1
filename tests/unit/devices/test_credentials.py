"""Credentials of devices are read as they are written, and nothing else is read as one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pushgate.devices.credentials import DeviceSecret, PublicId, RegistrationToken, parse


@pytest.mark.parametrize("made", [RegistrationToken.new("my-shop"), DeviceSecret.new("my-shop")])
def test_a_credential_is_read_as_it_is_written(made: RegistrationToken | DeviceSecret) -> None:
    assert parse(str(made)) == made
    assert parse(f"{made}\n") is None
    assert parse(f"{made} ") is None
    assert parse(str(made)[:-1]) is None
    assert parse(str(made).upper()) is None


def test_a_public_id_names_its_app() -> None:
    assert parse("pga_my-shop_0123abcd") == PublicId("my-shop", "pga_my-shop_0123abcd")


def test_no_two_credentials_are_alike() -> None:
    assert (
        len({str(kind.new("shop")) for kind in (RegistrationToken, DeviceSecret) for _ in range(50)}) == 100
    )


@given(text=st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: raw.decode("latin-1")))
def test_no_text_whatever_fails(text: str) -> None:
    assert parse(text) is None


@given(parts=st.lists(st.from_regex(r"[A-Za-z0-9_-]{0,80}", fullmatch=True), min_size=3, max_size=3))
def test_no_three_parts_whatever_fail(parts: list[str]) -> None:
    assert parse(".".join(parts)) is None
