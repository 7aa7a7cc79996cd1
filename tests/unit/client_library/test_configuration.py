"""The address and the key come from arguments or the environment, and are looked at first."""

import pytest

from pushgate_client import ConfigurationError, Pushgate
from pushgate_client.configuration import to_address, to_headers


def test_arguments_come_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PUSHGATE_URL", "http://environment/")
    monkeypatch.setenv("PUSHGATE_KEY", "environment-key")
    assert (to_address(None), to_address("https://given/push/")) == (
        "http://environment",
        "https://given/push",
    )
    assert to_headers(None)["Authorization"] == "Bearer environment-key"
    assert to_headers("given-key")["Authorization"] == "Bearer given-key"
    assert "Authorization" not in to_headers("")


def test_a_key_may_end_in_a_line_feed_as_in_files() -> None:
    assert to_headers("key\n")["Authorization"] == "Bearer key"


@pytest.mark.parametrize(
    "url",
    [
        *("pushgate:8080", "ftp://pushgate", "127.0.0.1", "http://", "http://[::1", "http://pushgate:99999"),
        *("http://pushgate/?app=a", "http://pushgate#a"),
    ],
)
def test_what_is_no_address_of_an_api_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="the address must"):
        Pushgate(url)


def test_a_password_in_the_address_is_refused_without_being_shown() -> None:
    with pytest.raises(ConfigurationError, match="must not hold a user name or a password") as raised:
        Pushgate("https://ann:sesame@pushgate", "key")
    assert "sesame" not in str(raised.value)


def test_no_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PUSHGATE_URL", raising=False)
    with pytest.raises(ConfigurationError, match="PUSHGATE_URL"):
        Pushgate()


@pytest.mark.parametrize("key", ["sécret-key", "two\nlines-key"])
def test_a_key_that_cannot_be_sent_is_refused_without_being_shown(key: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        Pushgate("http://pushgate", key)
    assert "key" not in str(raised.value).replace("API key", "").replace("no key has", "")
