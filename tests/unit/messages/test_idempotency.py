"""The record of an idempotency key."""

import hashlib

import pytest

from pushgate.domain.app import App
from pushgate.domain.errors import IdempotencyKeyReused
from pushgate.messages.idempotency import RequestKey


def request(body: bytes, key: str = "k", app: str = "shop") -> RequestKey:
    return RequestKey(App(app), key, hashlib.sha256(body).digest())


def test_a_record_gives_its_answer_to_the_same_request_alone() -> None:
    record = request(b"body").record(b"answer")
    assert request(b"body").answer(record) == b"answer"
    with pytest.raises(IdempotencyKeyReused):
        request(b"another").answer(record)


def test_records_of_apps_and_keys_have_different_names_and_the_key_is_in_none() -> None:
    names = {request(b"", key, app).redis_key for key in ("secret", "other") for app in ("shop", "news")}
    assert len(names) == 4
    assert not any("secret" in name for name in names)
