"""Access tokens of simulated token endpoints."""

from datetime import timedelta

from tests.support.vendor_requests import NOW

from pushgate.sandbox.access_tokens import AccessTokens

HOUR = timedelta(hours=1)


def test_a_token_is_valid_for_its_vendor_until_it_expires() -> None:
    tokens = AccessTokens()
    token = tokens.issue("fcm", NOW, HOUR)
    assert tokens.authorizes("fcm", f"Bearer {token}", NOW)
    assert not tokens.authorizes("huawei", f"Bearer {token}", NOW)
    assert not tokens.authorizes("fcm", f"bearer {token}", NOW)
    assert not tokens.is_valid("fcm", token, NOW + HOUR)


def test_the_tokens_of_one_vendor_are_revoked_together() -> None:
    tokens = AccessTokens()
    revoked, other = tokens.issue("fcm", NOW, HOUR), tokens.issue("huawei", NOW, HOUR)
    tokens.revoke_all("fcm")
    assert not tokens.is_valid("fcm", revoked, NOW)
    assert tokens.is_valid("huawei", other, NOW)
