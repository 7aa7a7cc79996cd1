"""Checks whether a message can be accepted as it is: its vendors, its size, and options and content
without effect.

In: a message that is not stored yet. Out: warnings, or InvalidRequest with every error. No I/O.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from pushgate.adapters.receipts import ReportedEvent
from pushgate.adapters.registry import vendors
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.clearing import check_clearing
from pushgate.apps.personal_check import check_personal_vendors, check_values, read_contents
from pushgate.apps.vendor_check import Sign, check_vendors
from pushgate.audiences.naming import naming_nodes
from pushgate.content.personal.filling import PersonalContent
from pushgate.content.personal.lengths import NOTHING_KNOWN, KnownLengths
from pushgate.domain.audience import Audience, ByToken, OfVendor
from pushgate.domain.canary import Measure
from pushgate.domain.errors import FieldError, InvalidRequest, SealedElsewhere
from pushgate.domain.message import Content, InQuietHours, Message
from pushgate.messages.codec import encode

_PLACEHOLDER = re.compile(r"\{\{[^{}]{0,200}\}\}")
_SENT_AS_IT_IS = {
    "content": 'has a placeholder in {{ }}, which is sent as it is: only "personal": true fills them in',
    "fallback": "has a placeholder in {{ }}, which is sent as it is: a fallback has none",
    "options": "has a placeholder in {{ }}, which is sent as it is: only those of content are filled in",
}
_Variant = tuple[str, Message]
"""What to put before the fields of the content, and the message with that content."""
_PersonalVariant = tuple[str, Message, Mapping[str, PersonalContent]]
"""A variant, and the reading of its content."""
_MOST_OTHER_BYTES = 4096
"""An upper bound of the bytes of a message without its content, and of a content without its texts.
"""


def check_message(
    configured: ConfiguredApp,
    message: Message,
    sign: Sign,
    max_bytes: int,
    errors: list[FieldError],
    lengths: KnownLengths = NOTHING_KNOWN,
) -> list[FieldError]:
    """Return warnings about content that single vendors cannot carry, and about fields that have
    less effect than the sender may expect.

    `errors` are the errors found so far; the costly checks run only where there are none. Raises
    InvalidRequest with all of them: for a message that no vendor of its audience can carry, and for
    options that their vendor does not know. Raises SealedElsewhere where the app has vendors, and
    this process can open the section of none. `max_bytes` limits the stored message.
    `lengths` say how long attributes may be that a personal message shows.
    """
    warnings: list[FieldError] = []
    variants = _variants(message)
    personal: list[_PersonalVariant] = []
    if message.personal is None:
        for head, variant in variants:
            warnings += _within(head, _placeholders("content", variant.content))
    else:
        warnings += _placeholders("fallback", message.personal.fallback)
        warnings += _placeholders_in_options(message.options.vendors)
        personal = _read_personal(variants, errors, warnings)
    warnings += _unused_options(message.options.vendors, configured)
    warnings += _unused_quiet_hours(message)
    warnings += _unreported_measures(configured, message)
    warnings += check_clearing(configured, message, errors)
    if not configured.vendors:
        require_readable(configured, *configured.unreadable)
        name = configured.app.name
        text = (
            f"the app has no vendor; add a section [apps.{name}.<vendor>], "
            f"or PUT /v1/apps/{name}/vendors/<vendor>"
        )
        errors.append(FieldError("audience", text))
    if not errors:
        errors += _too_large(message, max_bytes)
    if not errors:
        if message.personal is None:
            found = [(head, check_vendors(configured, variant, sign)) for head, variant in variants]
        else:
            found = [
                (head, check_personal_vendors(configured, variant, contents, sign, lengths))
                for head, variant, contents in personal
            ]
        for head, (fatal, others) in found:
            errors += [one for one in _within(head, fatal) if one not in errors]
            warnings += [one for one in _within(head, others) if one not in warnings]
    if errors:
        raise InvalidRequest(errors)
    return warnings


def _variants(message: Message) -> list[_Variant]:
    """The message with each of its contents, and what to put before the fields of that content."""
    if not message.variants:
        return [("", message)]
    return [(f"variants.{number}.", message.with_variant(number)) for number in range(len(message.variants))]


def _read_personal(
    variants: Sequence[_Variant], errors: list[FieldError], warnings: list[FieldError]
) -> list[_PersonalVariant]:
    """Read the contents of a personal message, and of each of its variants. Adds the errors of
    placeholders and values, and warnings about values that no variant shows.
    """
    read: list[_PersonalVariant] = []
    unused: list[list[FieldError]] = []
    for head, variant in variants:
        contents, faults = read_contents(variant)
        if not faults:
            faults, without_effect = check_values(variant, contents)
            unused.append(without_effect)
        errors += _within(head, faults)
        read.append((head, variant, contents))
    warnings += [one for one in unused[0] if all(one in others for others in unused)] if unused else []
    return read


def _within(head: str, found: Iterable[FieldError]) -> Iterable[FieldError]:
    if not head:
        return found
    return [
        FieldError(head + one.field, one.message) if one.field.startswith("content") else one for one in found
    ]


def require_readable(configured: ConfiguredApp, *needed: str) -> None:
    """Raise SealedElsewhere where this process cannot open the section of one of these vendors."""
    for vendor in needed:
        if vendor in configured.unreadable:
            raise SealedElsewhere(
                f"the {vendor} section of the app is sealed with the master key "
                f"{configured.unreadable[vendor]}, "
                "which this process lacks: add that key to secrets.key_file"
            )


def check_audience(configured: ConfiguredApp, audience: Audience) -> list[FieldError]:
    """Return an error for the first push token of a vendor that the app is not set up for.

    Raises SealedElsewhere where this process cannot open the vendor's section.
    """
    if not isinstance(audience, ByToken):
        return []
    for index, item in enumerate(audience.tokens):
        if item.vendor in vendors() and item.vendor not in configured.vendors:
            require_readable(configured, item.vendor)
            known = ", ".join(configured.vendors) or "none"
            text = f"is not one the app is set up for; it has: {known}"
            return [FieldError(f"audience.tokens.{index}.vendor", text)]
    return []


def warn_of_vendors(configured: ConfiguredApp, audience: Audience) -> list[FieldError]:
    """Return a warning for each vendor of an expression that the app is not set up for."""
    return [
        FieldError(
            field, f"the app is not set up for {node.vendor}: pushes to its terminals wait, and expire"
        )
        for field, node in naming_nodes(audience, "audience")
        if isinstance(node, OfVendor) and node.vendor not in configured.vendors
    ]


def _unused_quiet_hours(message: Message) -> Iterator[FieldError]:
    """Warn if a silent message has an option about quiet hours."""
    options = message.options
    if options.silent and options.quiet_hours is not InQuietHours.LEAVE_OUT:
        yield FieldError("options.quiet_hours", "has no effect: a silent push is sent at any hour")


def _unreported_measures(configured: ConfiguredApp, message: Message) -> Iterator[FieldError]:
    """Warn of a canary's limits on what no vendor of the app reports."""
    canary = message.options.canary
    if canary is None or not configured.vendors:
        return
    known = [vendors()[name] for name in configured.vendors if name in vendors()]
    reported = {
        Measure.GONE: any(ReportedEvent.INVALID in one.receipt_events for one in known),
        Measure.MUTED: any(one.reports_muted for one in known),
    }
    for name, limits in (("hold_if", canary.hold_if), ("slower_if", canary.slower_if)):
        for measure, _ in limits.upper():
            if not reported.get(measure, True):
                text = f"has no effect: no vendor of the app reports which terminals are {measure}"
                yield FieldError(f"options.canary.{name}.{measure}", text)


def _too_large(message: Message, max_bytes: int) -> list[FieldError]:
    """Return the error of a message larger than vendors take in any language. Every read costs its
    size.
    """
    if _is_surely_small(message, max_bytes):
        return []
    size = len(encode(message))
    if size <= max_bytes:
        return []
    text = f"has {size:,} bytes together with the options, at most {max_bytes:,} are taken; shorten it"
    return [FieldError("content", text)]


def _is_surely_small(message: Message, max_bytes: int) -> bool:
    """Whether the message is within the limit even if each character took the most bytes that a
    character takes in JSON. Spares everyday messages the encoding.
    """
    if message.options.vendors or message.personal or message.variants:
        return False
    characters = 0
    for item in message.content.values():
        characters += len(item.title) + len(item.body) + len(item.image or "") + len(item.url or "")
        for name, value in item.data.items():
            characters += len(name) + len(value) + 1
    return _MOST_OTHER_BYTES * (1 + len(message.content)) + 6 * characters <= max_bytes


def _placeholders(name: str, content: Mapping[str, Content]) -> Iterator[FieldError]:
    """Warn of placeholders in a field of the message, which are sent as they are."""
    for language, item in content.items():
        texts = {"title": item.title, "body": item.body, "image": item.image or "", "url": item.url or ""}
        if item.data:
            texts |= {f"data.{name}": value for name, value in item.data.items()}
        for field, text in texts.items():
            if "{{" in text and _PLACEHOLDER.search(text):
                yield FieldError(f"{name}.{language}.{field}", _SENT_AS_IT_IS[name])


def _placeholders_in_options(vendors: Mapping[str, object]) -> Iterator[FieldError]:
    """Warn of the first placeholder in the options of each vendor."""
    for vendor, options in vendors.items():
        for field, text in _texts_in(f"options.{vendor}", options):
            if "{{" in text and _PLACEHOLDER.search(text):
                yield FieldError(field, _SENT_AS_IT_IS["options"])
                break


def _texts_in(field: str, value: object) -> Iterator[tuple[str, str]]:
    """Yield all texts in a JSON value, each with its field."""
    match value:
        case str():
            yield field, value
        case Mapping():
            for name, one in value.items():
                yield from _texts_in(f"{field}.{name}", one)
        case list() | tuple():
            for index, one in enumerate(value):
                yield from _texts_in(f"{field}.{index}", one)


def _unused_options(options: Mapping[str, object], configured: ConfiguredApp) -> Iterator[FieldError]:
    """Warn of options of vendors that the app is not set up for."""
    for vendor in options:
        if vendor not in configured.vendors:
            yield FieldError(f"options.{vendor}", f"has no effect: the app is not set up for {vendor}")
