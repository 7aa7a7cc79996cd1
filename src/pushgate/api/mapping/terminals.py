"""Terminals, JSON <-> domain. Pure."""

from pydantic import TypeAdapter, ValidationError

from pushgate.adapters.topics import is_topic
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.schemas.fields import Id
from pushgate.api.schemas.terminals import TerminalBody, TerminalChangeBody
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.terminal import Terminal

_ids = TypeAdapter(Id)


def valid_id(terminal_id: str) -> str:
    """Return a terminal's id from a path. Raises InvalidRequest for what can be none."""
    try:
        return _ids.validate_python(terminal_id)
    except ValidationError as error:
        allowed = "1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ = + -"
        raise InvalidRequest([FieldError("terminal_id", f"must be {allowed}")]) from error


def to_terminal(terminal_id: str, written: TerminalBody, app_default: str) -> Terminal:
    """Return the terminal. Raises InvalidRequest for a token that is not the vendor's, or is a
    topic.
    """
    errors: list[FieldError] = []
    token = to_token(written.vendor, written.token, "", errors)
    if not errors and is_topic(written.vendor, token):
        text = "is a topic or a condition, no terminal; name it in a message's audience.tokens"
        errors.append(FieldError("token", text))
    if errors:
        raise InvalidRequest(errors)
    return Terminal(
        id=terminal_id,
        vendor=written.vendor,
        token=token,
        language=written.language or app_default,
        user=written.user,
        tags=tuple(dict.fromkeys(written.tags)),
        timezone=written.timezone,
    )


def merge_terminal(terminal: Terminal, written: TerminalChangeBody, app_default: str) -> Terminal:
    """Return the terminal with the fields that are written; null clears. Raises as
    `to_terminal`.
    """
    given = {name: getattr(written, name) for name in written.model_fields_set}
    merged = {
        "vendor": terminal.vendor,
        "token": terminal.token,
        "language": terminal.language,
        "user": terminal.user,
        "tags": list(terminal.tags),
        "timezone": terminal.timezone,
    } | given
    body = TerminalBody.model_construct(**{**merged, "tags": merged["tags"] or []})
    return to_terminal(terminal.id, body, app_default)


def from_terminal(terminal: Terminal) -> dict[str, object]:
    """Return the terminal as JSON."""
    return {
        "id": terminal.id,
        "vendor": terminal.vendor,
        "token": terminal.token,
        "language": terminal.language,
        "user": terminal.user,
        "tags": list(terminal.tags),
        "timezone": terminal.timezone,
    }


def check_configured(terminal: Terminal, configured: ConfiguredApp) -> None:
    """Raise InvalidRequest for a terminal of a vendor that the app is not set up for."""
    if terminal.vendor not in configured.vendors:
        known = ", ".join(configured.vendors) or "none"
        raise InvalidRequest([FieldError("vendor", f"is not one the app is set up for; it has: {known}")])
