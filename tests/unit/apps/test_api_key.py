"""The text of an API key, its secret, and its scopes."""

from datetime import UTC, datetime

import pytest

from pushgate.apps.api_key import ApiKey, KeyText, digest
from pushgate.domain.app import Scope

TERMINALS = {Scope.TERMINALS, Scope.TERMINALS_READ, Scope.TERMINALS_WRITE}
TEXT = KeyText("0123456789ab", "cd" * 24)


def key(*scopes: Scope) -> ApiKey:
    return ApiKey(
        id=TEXT.key_id,
        app="shop",
        scopes=scopes,
        name="",
        created_at=datetime(2026, 1, 1, tzinfo=UTC),
        digest=digest(TEXT.secret),
    )


def test_a_new_text_is_read_back() -> None:
    text = KeyText.new()
    assert KeyText.parse(str(text)) == text
    assert KeyText.new() != text


@pytest.mark.parametrize(
    "text",
    [
        "",
        "nonsense",
        "pg__",
        "pg_0123456789ab_",
        f"pg_0123456789a_{TEXT.secret}",
        f"pg_0123456789AB_{TEXT.secret}",
        f"pg_01234567 9ab_{TEXT.secret}",
        f"{TEXT}0",
        f"{TEXT}\n",
        f" {TEXT}",
        f"pg_{'1' * 100_000}_{TEXT.secret}",
    ],
)
def test_another_text_is_of_no_key(text: str) -> None:
    assert KeyText.parse(text) is None


def test_a_key_has_its_own_secret_alone() -> None:
    assert key().has_secret(TEXT.secret)
    assert not key().has_secret("dc" * 24)


@pytest.mark.parametrize(
    ("scopes", "allowed"),
    [
        ([Scope.READ], {Scope.READ}),
        ([Scope.TERMINALS_READ], {Scope.TERMINALS_READ}),
        ([Scope.TERMINALS_WRITE], {Scope.TERMINALS_WRITE}),
        ([Scope.TERMINALS_READ, Scope.TERMINALS_WRITE], TERMINALS),
        ([Scope.TERMINALS], TERMINALS),
        ([Scope.ADMIN], {Scope.PUSH, Scope.READ, *TERMINALS, Scope.ADMIN}),
        ([Scope.OPERATOR], {Scope.OPERATOR}),
        ([], set()),
    ],
)
def test_a_key_may_what_its_scopes_say(scopes: list[Scope], allowed: set[Scope]) -> None:
    assert {scope for scope in Scope if key(*scopes).may(scope)} == allowed
