"""An audience has just one kind, within its limit; its push tokens get the vendor's normal form."""

import pytest

from pushgate.api.mapping.audience import to_audience
from pushgate.api.schemas.audience import AudienceBody
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser, Everyone
from pushgate.domain.errors import FieldError
from pushgate.domain.terminal import InlineToken

TOKEN = "a1" * 32


@pytest.mark.parametrize(
    ("written", "audience"),
    [
        ({"all": True}, Everyone()),
        ({"terminals": ["t-1"]}, ByTerminal(("t-1",))),
        ({"users": ["u-1", "u-2"]}, ByUser(("u-1", "u-2"))),
        (
            {"tokens": [{"vendor": "apns", "token": TOKEN.upper()}]},
            ByToken((InlineToken("apns", TOKEN, "en"),)),
        ),
    ],
)
def test_each_kind_is_mapped(written: dict[str, object], audience: Audience) -> None:
    errors: list[FieldError] = []
    assert to_audience(AudienceBody.model_validate(written), "en", 10, errors) == audience
    assert errors == []


@pytest.mark.parametrize(
    ("written", "fields"),
    [
        ({}, ["audience"]),
        ({"all": True, "users": ["u"]}, ["audience"]),
        ({"users": ["a", "b", "c"]}, ["audience.users"]),
        ({"tokens": [{"vendor": "apns", "token": "no-hex"}]}, ["audience.tokens.0.token"]),
        ({"tokens": [{"vendor": "nokia", "token": "x"}]}, ["audience.tokens.0.vendor"]),
    ],
)
def test_errors_name_the_item(written: dict[str, object], fields: list[str]) -> None:
    errors: list[FieldError] = []
    to_audience(AudienceBody.model_validate(written), "en", 2, errors)
    assert [error.field for error in errors] == fields


def test_an_error_never_repeats_the_token() -> None:
    errors: list[FieldError] = []
    written = AudienceBody.model_validate({"tokens": [{"vendor": "apns", "token": "very-secret"}]})
    to_audience(written, "en", 2, errors)
    assert "very-secret" not in str(errors)
