"""Callback tokens: genuine ones name their message, all others name nothing."""

from hypothesis import given
from hypothesis import strategies as st

from pushgate.receipts.callback_token import CallbackTokens

apps = st.from_regex(r"[a-z0-9][a-z0-9-]{0,31}", fullmatch=True)
ids = st.from_regex(r"[0-9a-f]{30}", fullmatch=True)
CALLBACKS = CallbackTokens(b"key")


@given(apps, ids)
def test_a_genuine_token_names_its_app_and_message(app: str, message_id: str) -> None:
    token = CALLBACKS.sign(app, message_id)
    assert CALLBACKS.verify(token) == (app, message_id)
    assert CallbackTokens(b"another key").verify(token) is None


@given(apps, ids, ids)
def test_a_token_does_not_fit_another_message(app: str, one: str, other: str) -> None:
    mac = CALLBACKS.sign(app, one).rpartition(".")[2]
    assert (CALLBACKS.verify(f"{app}.{other}.{mac}") is not None) == (one == other)


@given(st.text())
def test_any_text_is_refused_without_an_error(text: str) -> None:
    assert CALLBACKS.verify(text) is None


@given(apps, ids, st.integers(0, 200), st.characters())
def test_a_changed_character_spoils_it(app: str, message_id: str, at: int, character: str) -> None:
    token = CALLBACKS.sign(app, message_id)
    at %= len(token)
    changed = token[:at] + character + token[at + 1 :]
    named = CALLBACKS.verify(changed)
    # The last character of base64 has bits that do not count; whatever passes names the same
    # message.
    assert named is None or named == (app, message_id)
