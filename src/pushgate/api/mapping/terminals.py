"""Terminals, JSON <-> domain. Pure."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace
from pydantic import TypeAdapter, ValidationError

from pushgate.adapters.topics import is_topic
from pushgate.api.mapping.messages import from_warnings
from pushgate.api.mapping.push_tokens import to_token
from pushgate.api.schemas.devices import DeviceChangeBody
from pushgate.api.schemas.fields import Id
from pushgate.api.schemas.terminals import MAX_TAGS, TagChange, TerminalBody, TerminalChangeBody, TerminalLine
from pushgate.api.schemas.terminals import OptOutChange as OptOutBody
from pushgate.api.times import format_known
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.message_check import require_readable
from pushgate.domain.attributes import count_fault, merge_attributes
from pushgate.domain.categories import merge_opt_out
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.terminal import AttributeValue, Terminal
from pushgate.terminals.people import OptOutChange
from pushgate.terminals.registration import Registered

MAX_SKEW = timedelta(minutes=5)
"""How far in the future an instant of the past may be: clocks differ."""
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Before this there are no push tokens."""
_ids = TypeAdapter(Id)


def valid_id(terminal_id: str) -> str:
    """Return a terminal's id from a path. Raises InvalidRequest for a text that cannot be an id."""
    try:
        return _ids.validate_python(terminal_id)
    except ValidationError as error:
        allowed = "1 to 128 characters of A-Z a-z 0-9 . _ ~ : @ = + -"
        raise InvalidRequest([FieldError("terminal_id", f"must be {allowed}")]) from error


def to_terminal(terminal_id: str, written: TerminalBody, app_default: str, now: datetime) -> Terminal:
    """Return the terminal. Raises InvalidRequest for a token that is not the vendor's or is a
    topic, and for an impossible instant of the last sign of life.
    """
    errors: list[FieldError] = []
    token = to_token(written.vendor, written.token, "", errors)
    if not errors and is_topic(written.vendor, token):
        text = "is a topic or a condition, no terminal; name it in a message's audience.tokens"
        errors.append(FieldError("token", text))
    last_seen = to_past_instant("last_seen", written.last_seen, now, errors)
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
        attributes=written.attributes,
        app_version=written.app_version,
        last_seen=last_seen,
        opt_out=None if written.opt_out is None else tuple(sorted(set(written.opt_out))),
    )


def to_imported(written: TerminalLine, app_default: str, now: datetime) -> Terminal:
    """Return the terminal of a line of an import. Raises InvalidRequest as `to_terminal`."""
    terminal = to_terminal(written.id, written, app_default, now)
    errors: list[FieldError] = []
    registered_at = to_past_instant("registered_at", written.registered_at, now, errors)
    if errors:
        raise InvalidRequest(errors)
    return replace(terminal, registered_at=registered_at)


def to_past_instant(
    field: str, written: datetime | None, now: datetime, errors: list[FieldError]
) -> datetime | None:
    """Return an instant in UTC, not after now. Adds an error for an instant that is too far in the
    future or the past.
    """
    if written is None:
        return None
    if written - now > MAX_SKEW:
        errors.append(FieldError(field, "is in the future; check year and offset, or leave it out"))
    elif written < _EARLIEST:
        errors.append(FieldError(field, f"is before {_EARLIEST.year}; check the year"))
    return min(written.astimezone(UTC), now)


def merge_terminal(
    terminal: Terminal, written: TerminalChangeBody | DeviceChangeBody, app_default: str, now: datetime
) -> Terminal:
    """Return the terminal with the fields that are written; null clears. Raises as `to_terminal`,
    and for too many tags or attributes together.
    """
    given = {name: getattr(written, name) for name in written.model_fields_set}
    errors: list[FieldError] = []
    if "tags" in given:
        given["tags"] = _merge_tags(terminal.tags, given["tags"], errors)
    if "attributes" in given:
        given["attributes"] = _merge_attributes(terminal.attributes, given["attributes"], errors)
    if "opt_out" in given:
        change = to_opt_out_change(given["opt_out"], errors)
        before = () if change.replaces else terminal.opt_out or ()
        given["opt_out"] = merge_opt_out(before, change.add, change.remove, errors)
    if errors:
        raise InvalidRequest(errors)
    kept = {
        "vendor": terminal.vendor,
        "token": terminal.token,
        "language": terminal.language,
        "user": terminal.user,
        "tags": terminal.tags,
        "timezone": terminal.timezone,
        "attributes": terminal.attributes,
        "app_version": terminal.app_version,
        "opt_out": terminal.opt_out,
    }
    merged = to_terminal(terminal.id, TerminalBody.model_construct(**{**kept, **given}), app_default, now)
    last_seen = merged.last_seen or terminal.last_seen
    return replace(
        merged,
        last_seen=last_seen,
        registered_at=terminal.registered_at,
        # A caller that names a user vouches for the terminal.
        is_anonymous=terminal.is_anonymous and merged.user is None,
    )


def to_opt_out_change(written: Sequence[str] | OptOutBody | None, errors: list[FieldError]) -> OptOutChange:
    """Return the change of somebody's opt-outs. Adds an error for a category that is both added and
    removed.
    """
    if not isinstance(written, OptOutBody):
        return OptOutChange(add=written or (), replaces=True)
    for position, category in enumerate(written.remove):
        if category in written.add:
            errors.append(FieldError(f"opt_out.remove.{position}", "is in opt_out.add, too"))
    return OptOutChange(add=written.add, remove=written.remove)


def _merge_attributes(
    attributes: Mapping[str, AttributeValue],
    changes: Mapping[str, AttributeValue | None] | None,
    errors: list[FieldError],
) -> dict[str, AttributeValue]:
    """Return the attributes with the changed ones. Adds an error where they are too many."""
    merged = merge_attributes(attributes, changes)
    if fault := count_fault(len(merged)):
        errors.append(FieldError("attributes", fault))
    return merged


def _merge_tags(
    tags: Sequence[str], written: Sequence[str] | TagChange | None, errors: list[FieldError]
) -> Sequence[str]:
    if not isinstance(written, TagChange):
        return written or ()
    if both := set(written.add) & set(written.remove):
        position = next(index for index, tag in enumerate(written.remove) if tag in both)
        errors.append(FieldError(f"tags.remove.{position}", "is in tags.add, too"))
    merged = list(dict.fromkeys([*(tag for tag in tags if tag not in written.remove), *written.add]))
    if len(merged) > MAX_TAGS:
        text = f"would be {len(merged)} together with those that are there; at most {MAX_TAGS} are kept"
        errors.append(FieldError("tags.add", text))
    return merged


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
        "app_version": terminal.app_version,
        "attributes": dict(terminal.attributes),
        "opt_out": list(terminal.opt_out or ()),
        "registered_at": format_known(terminal.registered_at),
        "last_seen": format_known(terminal.last_seen),
    }


def from_registered(registered: Registered) -> dict[str, object]:
    """Return a terminal with the warnings of its registration as JSON."""
    return {**from_terminal(registered.terminal), "warnings": from_warnings(registered.warnings)}


def check_configured(terminal: Terminal, configured: ConfiguredApp) -> None:
    """Raise InvalidRequest for a terminal of a vendor that the app is not set up for, and
    SealedElsewhere where this process cannot open the vendor's section.
    """
    if terminal.vendor not in configured.vendors:
        require_readable(configured, terminal.vendor)
        known = ", ".join(configured.vendors) or "none"
        raise InvalidRequest([FieldError("vendor", f"is not one the app is set up for; it has: {known}")])
