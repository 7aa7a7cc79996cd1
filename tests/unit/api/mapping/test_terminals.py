"""Registrations become terminals; a change merges with what is registered."""

import pytest

from pushgate.api.mapping.terminals import (
    check_configured,
    from_terminal,
    merge_terminal,
    to_terminal,
)
from pushgate.api.schemas.terminals import TerminalBody, TerminalChangeBody
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.app import App
from pushgate.domain.errors import InvalidRequest
from pushgate.domain.terminal import Terminal

TOKEN = "a1" * 32
REGISTERED = Terminal("t-1", "apns", TOKEN, "de", "u-1", ("vip",), "Europe/Berlin")


def test_a_registration_without_language_has_the_apps() -> None:
    body = TerminalBody.model_validate({"vendor": "apns", "token": TOKEN, "tags": ["b", "a", "b"]})
    assert to_terminal("t-1", body, "zh-Hans") == Terminal("t-1", "apns", TOKEN, "zh-Hans", None, ("b", "a"))


@pytest.mark.parametrize(
    ("vendor", "token", "field"),
    [("apns", "no-hex", "token"), ("nokia", "x", "vendor"), ("fcm", "/topics/all", "token")],
)
def test_a_token_that_is_no_terminals_is_refused(vendor: str, token: str, field: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        to_terminal("t-1", TerminalBody.model_validate({"vendor": vendor, "token": token}), "en")
    assert [error.field for error in caught.value.errors] == [field]


@pytest.mark.parametrize(
    ("written", "changes"),
    [
        ({"language": "fr"}, {"language": "fr"}),
        ({"language": None}, {"language": "en"}),
        ({"user": None, "tags": None}, {"user": None, "tags": []}),
        ({"token": "b2" * 32}, {"token": "b2" * 32}),
    ],
)
def test_a_change_keeps_what_it_does_not_name_and_null_clears(
    written: dict[str, object], changes: dict[str, object]
) -> None:
    merged = merge_terminal(REGISTERED, TerminalChangeBody.model_validate(written), "en")
    assert from_terminal(merged) == from_terminal(REGISTERED) | changes


def test_a_vendor_that_the_app_is_not_set_up_for_is_refused() -> None:
    app = ConfiguredApp(app=App("shop"), default_language="en", vendors={})
    with pytest.raises(InvalidRequest, match="is not one the app is set up for; it has: none"):
        check_configured(REGISTERED, app)
