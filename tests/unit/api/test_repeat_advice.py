"""What a caller is told to do whose request may or may not have been carried out."""

from contextvars import copy_context

import pytest

from pushgate.api.repeat_advice import repeat_advice, track_changes


def advice(method: str, path: str, key: str | None = None) -> str:
    headers = [] if key is None else [(b"idempotency-key", key.encode())]
    scope = {"type": "http", "method": method, "path": path, "headers": headers}

    def of_request() -> str:
        track_changes(scope)
        return repeat_advice() or ""

    return copy_context().run(of_request)


@pytest.mark.parametrize(
    ("path", "list_path"),
    [
        ("/v1/messages", "/v1/messages"),
        ("/v1/drafts", "/v1/drafts"),
        ("/v1/keys", "/v1/keys"),
        ("/v1/registration-keys", "/v1/registration-keys"),
        ("/v1/webhooks", "/v1/webhooks"),
        ("/v1/webhooks/wh_1:rotate-secret", "/v1/webhooks"),
    ],
)
def test_what_would_be_made_twice_is_to_be_looked_for(path: str, list_path: str) -> None:
    found = advice("POST", path)
    assert found.startswith("look at ")
    assert f"GET {list_path}" in found
    assert "no harm" not in found


@pytest.mark.parametrize("path", ["/v1/messages", "/v1/drafts"])
def test_a_request_with_an_idempotency_key_is_repeated_with_it(path: str) -> None:
    assert advice("POST", path, "order-17") == "repeat the request with the same Idempotency-Key"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/terminals/t1"),
        ("DELETE", "/v1/keys/3f9a61c0be42"),
        ("POST", "/v1/keys/3f9a61c0be42:rotate"),
    ],
)
def test_other_changes_may_be_repeated(method: str, path: str) -> None:
    assert "no harm" in advice(method, path)


def test_there_is_no_advice_for_what_changes_nothing() -> None:
    assert advice("GET", "/v1/keys") == ""
