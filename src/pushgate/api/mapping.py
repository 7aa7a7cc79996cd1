"""JSON <-> domain: what a request means, and how messages and terminals are told. Pure.

Faults that the schema cannot see (an unknown language, a token in the wrong form) are added to a list, so that the
caller learns of all of them at once.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import orjson
from pydantic import ValidationError

from pushgate.adapters.client_data import CALLBACK_KEY
from pushgate.adapters.registry import vendors
from pushgate.adapters.truncation import is_topic
from pushgate.api.field_errors import field_errors
from pushgate.api.request_schemas import (
    AddressBody,
    AudienceBody,
    ContentBody,
    OptionsBody,
    TerminalBody,
    TerminalChangeBody,
)
from pushgate.content.language import for_grouping, normalize
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser, Everyone
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Content, Message, Options
from pushgate.domain.terminal import InlineToken, Terminal
from pushgate.terminals.language_limits import DEFAULT_LIMITS

_OWN_KEY = "is Pushgate's own key; take another one"
FARTHEST = timedelta(days=366)
LATEST = timedelta(minutes=5)
"""How far a push time may be past: longer than a request and a clock that is wrong by a little take."""


def to_content(
    written: dict[str, ContentBody], faults: list[FieldError], warnings: list[FieldError]
) -> dict[str, Content]:
    """Content by language, script and region, with a warning where a tag says more. Faults are added, not raised."""
    content: dict[str, Content] = {}
    for language, item in written.items():
        try:
            full = normalize(language)
        except ValueError as error:
            faults.append(FieldError(f"content.{language[:40]}", str(error)))
            continue
        tag = for_grouping(full)
        if tag != full:
            told = f"counts as {tag}: only language, script and region choose a reader's content"
            warnings.append(FieldError(f"content.{language}", told))
        if tag in content:
            faults.append(FieldError(f"content.{language}", f"is the same language as another key: {tag}"))
        if CALLBACK_KEY in item.data:
            faults.append(FieldError(f"content.{language}.data.{CALLBACK_KEY}", _OWN_KEY))
        for name, taken in (("url", item.url), ("image", item.image)):
            if taken and name in item.data:
                told = f"is taken by content.{name}, which the app finds there; give one of the two"
                faults.append(FieldError(f"content.{language}.data.{name}", told))
        content[tag] = Content(item.title, item.body, item.image, item.data, item.url)
    return content


def choose_default(
    wanted: str | None, content: dict[str, Content], app_default: str, faults: list[FieldError]
) -> str:
    """The language for terminals that none of content's fits."""
    if wanted is None:
        wanted = app_default if app_default in content or len(content) != 1 else next(iter(content))
    wanted = for_grouping(wanted)
    if content and wanted not in content:
        faults.append(
            FieldError("default_language", f"{wanted} is none of content's languages; add it or name another")
        )
    return wanted


def to_audience(written: AudienceBody, app_default: str, most: int, faults: list[FieldError]) -> Audience:
    """The audience; faults are added, not raised."""
    named = [name for name in ("all", "terminals", "users", "tokens") if getattr(written, name) is not None]
    if len(named) != 1:
        told = "name one of all, terminals, users, tokens"
        faults.append(FieldError("audience", f"{told}; it has {' and '.join(named) or 'none of them'}"))
        return Everyone()
    for name in ("terminals", "users", "tokens"):
        listed = getattr(written, name)
        if listed is not None and len(listed) > most:
            faults.append(
                FieldError(
                    f"audience.{name}",
                    f"has {len(listed)} items, at most {most} are taken; send several messages",
                )
            )
    if written.terminals is not None:
        return ByTerminal(tuple(written.terminals))
    if written.users is not None:
        return ByUser(tuple(written.users))
    if written.tokens is not None:
        return _to_addresses(written.tokens, app_default, faults)
    return Everyone()


def _to_addresses(written: Sequence[AddressBody], app_default: str, faults: list[FieldError]) -> ByToken:
    addresses = tuple(
        InlineToken(
            item.vendor,
            to_token(item.vendor, item.token, f"audience.tokens.{index}.", faults),
            for_grouping(item.language or app_default),
        )
        for index, item in enumerate(written)
    )
    # Each language is a group, with jobs of its own.
    languages = len({address.language for address in addresses})
    if languages > DEFAULT_LIMITS.coarse:
        told = f"name {languages} languages, at most {DEFAULT_LIMITS.coarse} are taken; send several messages"
        faults.append(FieldError("audience.tokens", told))
    return ByToken(addresses)


def to_vendor_options(
    written: Mapping[str, object], faults: list[FieldError]
) -> dict[str, dict[str, object]]:
    """The options of known vendors; faults are added, not raised."""
    extras: dict[str, dict[str, object]] = {}
    for name, value in written.items():
        if name not in vendors():
            faults.append(
                FieldError(
                    f"options.{name[:40]}",
                    f"is neither an option nor one of the vendors {', '.join(vendors())}",
                )
            )
        elif not isinstance(value, dict):
            faults.append(FieldError(f"options.{name}", "must be an object with the vendor's own options"))
        elif not _representable(value):
            faults.append(FieldError(f"options.{name}", "holds a number beyond 64 bits; no vendor takes one"))
        else:
            faults += _of_extras(name, value)
            faults += [FieldError(path, _OWN_KEY) for path in _reserved(value, f"options.{name}")]
            extras[name] = value
    return extras


def to_options(written: OptionsBody, faults: list[FieldError]) -> Options:
    """The options; what is no option must be a known vendor's."""
    extras = to_vendor_options(written.model_extra or {}, faults)
    if written.silent and written.badge is not None:
        faults.append(FieldError("options.badge", "has no effect in a silent push; leave out one of the two"))
    return Options(
        ttl=timedelta(seconds=written.ttl),
        priority=written.priority,
        delivery=written.delivery,
        collapse_key=written.collapse_key,
        on_too_long=written.on_too_long,
        dry_run=written.dry_run,
        silent=written.silent,
        badge=written.badge,
        category=written.category,
        vendors=extras,
    )


def _of_extras(vendor: str, written: dict[str, object]) -> list[FieldError]:
    """Every option that the vendor does not have, or has in another type."""
    try:
        # As JSON, for that is what the caller wrote: a list is then good where a tuple is wanted.
        vendors()[vendor].options.model_validate_json(orjson.dumps(written))
    except ValidationError as error:
        return field_errors(error, f"options.{vendor}")
    return []


def _reserved(value: object, path: str) -> Iterator[str]:
    """Where an option has a key that is Pushgate's own: the client app would take what is there for a callback token."""
    for name, item in _items(value):
        here = f"{path}.{name}"
        if name == CALLBACK_KEY:
            yield here
        yield from _reserved(item, here)


def _items(value: object) -> Iterable[tuple[str | int, object]]:
    if isinstance(value, dict):
        return value.items()
    return enumerate(value) if isinstance(value, list) else ()


def _representable(value: object) -> bool:
    """Whether every number in it can be written down again by all who have to."""
    if isinstance(value, dict):
        return all(map(_representable, value.values()))
    if isinstance(value, list):
        return all(map(_representable, value))
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not isinstance(value, float) or math.isfinite(value)


def to_token(vendor: str, written: str, prefix: str, faults: list[FieldError]) -> str:
    """The token as it is kept. A fault for an unknown vendor or what cannot be the vendor's; it never repeats the token."""
    known = vendors().get(vendor)
    if known is None:
        faults.append(FieldError(f"{prefix}vendor", f"is none of {', '.join(vendors())}"))
        return written
    token = known.normalize_token(written)
    if not known.token_pattern.fullmatch(token):
        wanted = f": {known.token_hint}" if known.token_hint else ""
        faults.append(FieldError(f"{prefix}token", f"is not in the form of {vendor}'s push tokens{wanted}"))
    elif told := known.token_fault(token):
        faults.append(FieldError(f"{prefix}token", told))
    return token


def check_push_time(
    push_time: datetime | None, now: datetime, faults: list[FieldError], warnings: list[FieldError]
) -> datetime:
    """Return the push time in UTC; now, with a warning, for one that has just passed. Faults are added, not raised."""
    if push_time is None:
        return now
    if push_time - now > FARTHEST:
        faults.append(FieldError("push_time", f"is more than {FARTHEST.days} days ahead"))
    elif now - push_time > LATEST:
        minutes = LATEST // timedelta(minutes=1)
        told = f"is past by more than {minutes} minutes; check year and offset, or leave it out to push now"
        faults.append(FieldError("push_time", told))
    elif push_time < now:
        warnings.append(FieldError("push_time", "is past: the message is due now"))
    else:
        return push_time.astimezone(UTC)
    return now


def to_terminal(terminal_id: str, written: TerminalBody, app_default: str) -> Terminal:
    """The terminal. Raises InvalidRequest for what only the vendor can tell."""
    faults: list[FieldError] = []
    token = to_token(written.vendor, written.token, "", faults)
    if not faults and is_topic(written.vendor, token):
        told = "is a topic or a condition, no terminal; name it in a message's audience.tokens"
        faults.append(FieldError("token", told))
    if faults:
        raise InvalidRequest(faults)
    return Terminal(
        terminal_id,
        written.vendor,
        token,
        written.language or app_default,
        written.user,
        tuple(dict.fromkeys(written.tags)),
        written.timezone,
    )


def merge_terminal(terminal: Terminal, written: TerminalChangeBody, app_default: str) -> Terminal:
    """The terminal with what was written; null clears. Raises InvalidRequest as `to_terminal` does."""
    named = {name: getattr(written, name) for name in written.model_fields_set}
    merged = {
        "vendor": terminal.vendor,
        "token": terminal.token,
        "language": terminal.language,
        "user": terminal.user,
        "tags": list(terminal.tags),
        "timezone": terminal.timezone,
    } | named
    body = TerminalBody.model_construct(**{**merged, "tags": merged["tags"] or []})
    return to_terminal(terminal.id, body, app_default)


def from_terminal(terminal: Terminal) -> dict[str, object]:
    """The terminal as JSON."""
    return {
        "id": terminal.id,
        "vendor": terminal.vendor,
        "token": terminal.token,
        "language": terminal.language,
        "user": terminal.user,
        "tags": list(terminal.tags),
        "timezone": terminal.timezone,
    }


def from_message(message: Message, status: str) -> dict[str, object]:
    """The message as JSON. A listed audience is told by its size."""
    options, audience = message.options, message.audience
    return {
        "id": message.id,
        "status": status,
        "push_time": _instant(message.push_at),
        "created_at": _instant(message.created_at),
        "expires_at": _instant(message.expires_at),
        "retries": message.resend.count if message.resend else 0,
        "content": {
            language: {
                "title": item.title,
                "body": item.body,
                "image": item.image,
                "url": item.url,
                "data": dict(item.data),
            }
            for language, item in message.content.items()
        },
        "default_language": message.default_language,
        "audience": {audience.kind.value: audience.count if audience.count else True},
        "options": {
            "ttl": options.ttl // timedelta(seconds=1),
            "priority": options.priority.value,
            "delivery": options.delivery.value,
            "collapse_key": options.collapse_key,
            "on_too_long": options.on_too_long.value,
            "dry_run": options.dry_run,
            "silent": options.silent,
            "badge": options.badge,
            "category": options.category.value if options.category else None,
            **{vendor: dict(extras) for vendor, extras in options.vendors.items()},
        },
    }


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
