"""The text of an API key, its secret, and its scopes."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from pushgate.apps.api_key import MAX_PREVIOUS, ApiKey, KeyText, digest
from pushgate.domain.app import Scope

TERMINALS = {Scope.TERMINALS, Scope.TERMINALS_READ, Scope.TERMINALS_WRITE}
NOW = datetime(2026, 1, 1, tzinfo=UTC)
TEXT = KeyText("0123456789ab", "cd" * 24)


def key(*scopes: Scope) -> ApiKey:
    return ApiKey(
        id=TEXT.key_id,
        app="shop",
        scopes=scopes,
        name="",
        created_at=NOW,
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
    assert key().has_secret(TEXT.secret, NOW)
    assert not key().has_secret("dc" * 24, NOW)


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


HOUR = timedelta(hours=1)


def test_an_earlier_secret_holds_for_the_overlap() -> None:
    rotated = key().rotated("ab" * 24, HOUR, NOW)
    assert rotated.has_secret("ab" * 24, NOW + 2 * HOUR)
    assert rotated.has_secret(TEXT.secret, NOW + HOUR - timedelta(seconds=1))
    assert not rotated.has_secret(TEXT.secret, NOW + HOUR)


def test_a_second_rotation_leaves_the_first_secret_its_time() -> None:
    """The answer of the first rotation may be lost: then clients have the secret before it."""
    twice = key().rotated("ab" * 24, HOUR, NOW).rotated("cd" * 23 + "00", 5 * HOUR, NOW)
    assert twice.has_secret(TEXT.secret, NOW + HOUR / 2)
    assert not twice.has_secret(TEXT.secret, NOW + HOUR)
    assert twice.has_secret("ab" * 24, NOW + 4 * HOUR)


def test_without_an_overlap_all_earlier_secrets_end() -> None:
    once = key().rotated("ab" * 24, 5 * HOUR, NOW)
    ended = once.rotated("ef" * 24, timedelta(0), NOW)
    assert not ended.has_secret(TEXT.secret, NOW)
    assert not ended.has_secret("ab" * 24, NOW)
    assert ended.previous == ()


def test_only_so_many_secrets_hold_at_once() -> None:
    rotated = key()
    for number in range(MAX_PREVIOUS):
        rotated = rotated.rotated(f"{number:048x}", HOUR, NOW)
    with pytest.raises(ValueError, match="hold still"):
        rotated.rotated("ef" * 24, HOUR, NOW)
    assert len(rotated.rotated("ef" * 24, HOUR, NOW + HOUR).previous) == 1


@pytest.mark.parametrize("secret", [TEXT.secret, "ab" * 24, "00" * 24])
def test_each_secret_is_compared_with_all_digests_in_constant_time(
    secret: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    compared: list[str] = []

    def compare(known: str, given: str) -> bool:
        compared.append(known)
        return known == given

    monkeypatch.setattr("hmac.compare_digest", compare)
    key().rotated("ab" * 24, HOUR, NOW).has_secret(secret, NOW)
    assert compared == [digest("ab" * 24), digest(TEXT.secret)]


def test_a_key_ends_at_its_expiry() -> None:
    ending = replace(key(), expires_at=NOW)
    assert ending.has_expired(NOW)
    assert not ending.has_expired(NOW - timedelta(seconds=1))
    assert not key().has_expired(NOW)
