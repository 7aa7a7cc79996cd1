"""Messages, JSON <-> domain. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import orjson
from msgspec.structs import replace

from pushgate.adapters.topics import summarize_audience
from pushgate.api.mapping.audience import to_audience
from pushgate.api.mapping.canaries import SENT_TOGETHER, check_canary
from pushgate.api.mapping.content import choose_default_language, from_content, to_content
from pushgate.api.mapping.escalation import check_steps, from_steps, to_steps
from pushgate.api.mapping.local_times import (
    check_family_audience,
    check_family_options,
    check_family_ttl,
    from_family,
    to_family,
)
from pushgate.api.mapping.options import from_options, to_options, with_quiet_hours
from pushgate.api.mapping.personal import change_personal, from_personal, is_changed_personal, to_personal
from pushgate.api.mapping.variants import (
    change_split,
    check_winner,
    from_variants,
    to_split,
    to_variants,
)
from pushgate.api.schemas.messages import ChangeBody, MessageBody
from pushgate.api.schemas.push_times import FamilyPushTime
from pushgate.api.template_copies import NO_COPIES, Copies, TemplateCopy
from pushgate.api.times import format_instant
from pushgate.apps.catalog import ConfiguredApp
from pushgate.bundles.bodies import is_small
from pushgate.domain.audience import Audience, AudienceSummary
from pushgate.domain.errors import FieldError
from pushgate.domain.family import Family
from pushgate.domain.message import MAX_AHEAD, Content, Message, TemplateVersion
from pushgate.domain.message_id import UNASSIGNED, family_of
from pushgate.messages.stored import StoredMessage
from pushgate.tracking.messages import TrackedMessage

MAX_PAST = timedelta(minutes=5)
"""How far in the past a push time may be: more than the time of a request and the difference
between clocks.
"""


_OTHER_FORM = {
    True: 'must be a local time such as {"local": "2031-01-01T20:00"}, or {"best_hour_within": "24h"}: the '
    "message goes out in parts",
    False: "must be an instant, as that of the message is; to send it in parts cancel it and send it anew",
}


class MappedMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The domain's message and audience of a request, with its errors and warnings."""

    message: Message
    audience: Audience
    errors: list[FieldError]
    warnings: list[FieldError]


def to_message(
    written: MessageBody,
    configured: ConfiguredApp,
    now: datetime,
    max_audience: int,
    copies: Copies = NO_COPIES,
) -> MappedMessage:
    """Return a new message of the app. It gets its id when it is stored.

    `copies` are the contents of the templates that the request names.
    """
    copied = copies.content
    errors: list[FieldError] = []
    warnings: list[FieldError] = []
    variants = to_variants(written.variants, errors, warnings, personal=written.personal)
    if written.content is None and written.template is None and written.variants is None:
        text = "is missing: write it, name a stored template in template, or give variants"
        errors.append(FieldError("content", text))
    if variants:
        content, default = variants[0], None
    else:
        content, default = _new_content(written, copied, errors, warnings, personal=written.personal)
    audience = to_audience(written.audience, configured.default_language, max_audience, errors)
    push_at, family = _to_times(written.push_time, configured.timezone, now, errors, warnings)
    if family:
        errors += check_family_audience(audience)
    options = to_options(written.options, errors, configured.settings.categories)
    if family:
        errors += check_family_options(options)
    elif written.options.quiet_hours is None and written.winner is None:
        options = with_quiet_hours(options, configured.settings)
    message = Message(
        id=UNASSIGNED,
        app=configured.app.name,
        content=content,
        default_language=choose_default_language(
            written.default_language or default, content, configured.default_language, errors
        ),
        push_at=push_at,
        created_at=now,
        audience=summarize_audience(audience),
        options=options,
        personal=to_personal(written, content, audience, errors, warnings, copies),
        template=copied.template if copied else None,
        family=family,
        split=to_split(written, audience, errors),
        variants=variants,
        escalate=to_steps(written.escalate),
    )
    errors += check_steps(message, audience, configured)
    if message.options.spread and is_small(audience):
        errors.append(FieldError("options.spread", SENT_TOGETHER))
    errors += check_canary(message, audience)
    errors += check_winner(message.split, message.options)
    if family:
        errors += check_family_ttl(message.lifetime)
    return MappedMessage(message=message, audience=audience, errors=errors, warnings=warnings)


def _new_content(
    written: MessageBody | ChangeBody,
    copied: TemplateCopy | None,
    errors: list[FieldError],
    warnings: list[FieldError],
    *,
    personal: bool,
) -> tuple[Mapping[str, Content], str | None]:
    """Return the content that is written or copied, and the default language of the copied one."""
    if copied is None:
        return to_content(written.content or {}, errors, warnings, personal=personal), None
    if written.content is not None:
        errors.append(FieldError("template", "is given beside content; give one of the two"))
    errors += copied.errors
    return copied.content, copied.default_language or None


def change_message(
    message: Message,
    written: ChangeBody,
    audience: Audience | None,
    configured: ConfiguredApp,
    now: datetime,
    copies: Copies = NO_COPIES,
) -> tuple[Message, list[FieldError], list[FieldError]]:
    """Return the message with the fields that are written, then errors and warnings.

    `audience` is the new audience, if the change has one. `copies` are the contents of the
    templates that the change names.
    """
    copied = copies.content
    errors, warnings = list[FieldError](), list[FieldError]()
    content, template, default = message.content, message.template, message.default_language
    is_personal = is_changed_personal(message, written)
    if copied or written.content is not None:
        content, own_default = _new_content(written, copied, errors, warnings, personal=is_personal)
        template = copied.template if copied else None
        default = own_default or default
    variants = to_variants(written.variants, errors, warnings, personal=is_personal) or message.variants
    if variants:
        content = variants[0]
    split = change_split(message.split, written, audience, errors)
    kept_default = default if default in content else None
    push_at, family = message.push_at, message.family
    if written.push_time is not None:
        if isinstance(written.push_time, FamilyPushTime) != (family is not None):
            errors.append(FieldError("push_time", _OTHER_FORM[family is not None]))
        else:
            push_at, family = _to_times(written.push_time, configured.timezone, now, errors, warnings)
    if family and audience:
        errors += check_family_audience(audience)
    changed = replace(
        message,
        content=content,
        default_language=choose_default_language(
            written.default_language or kept_default, content, configured.default_language, errors
        ),
        push_at=push_at,
        family=family,
        audience=summarize_audience(audience) if audience else message.audience,
        personal=change_personal(message, written, content, audience, errors, warnings, copies),
        template=template,
        split=split,
        variants=variants,
    )
    errors += check_steps(changed, audience, configured)
    if audience:
        errors += check_canary(changed, audience)
    return changed, errors, warnings


def _to_times(
    written: datetime | FamilyPushTime | None,
    default_zone: str,
    now: datetime,
    errors: list[FieldError],
    warnings: list[FieldError],
) -> tuple[datetime, Family | None]:
    """Return the push time; for a message that goes out in parts, that of the first part, and when
    its parts are due.
    """
    if not isinstance(written, FamilyPushTime):
        return to_push_time(written, now, errors, warnings), None
    family = to_family(written, default_zone, now, errors, warnings)
    return (family.timetable.instants()[0] if family else now), family


def to_push_time(
    written: datetime | None, now: datetime, errors: list[FieldError], warnings: list[FieldError]
) -> datetime:
    """Return the push time in UTC; now where there is none, and, with a warning, where it has just
    passed.
    """
    if written is None:
        return now
    if written - now > MAX_AHEAD:
        errors.append(FieldError("push_time", f"is more than {MAX_AHEAD.days} days ahead"))
    elif now - written > MAX_PAST:
        minutes = MAX_PAST // timedelta(minutes=1)
        text = f"is past by more than {minutes} minutes; check year and offset, or leave it out to push now"
        errors.append(FieldError("push_time", text))
    elif written < now:
        warnings.append(FieldError("push_time", "is past: the message is due now"))
    else:
        return written.astimezone(UTC)
    return now


def from_message(stored: StoredMessage) -> dict[str, object]:
    """Return the message as JSON. Each list of an audience becomes the number of its items."""
    message = stored.message
    return {
        "id": message.id,
        "status": stored.status.value,
        "push_time": format_instant(message.push_at),
        **from_family(message),
        "created_at": format_instant(message.created_at),
        "expires_at": format_instant(message.expires_at),
        "retries": message.resend.count if message.resend else 0,
        "content": from_content(message.content),
        "template": from_template(message.template),
        "default_language": message.default_language,
        "audience": _from_audience(message.audience),
        "options": from_options(message.options),
        **from_personal(message.personal),
        **from_variants(message),
        **({"withdraws": family_of(message.options.withdraws)} if message.options.withdraws else {}),
        **from_steps(message),
    }


def from_tracked(tracked: TrackedMessage) -> dict[str, object]:
    """Return the message as JSON. Where its content was dropped, the lost fields are null and
    `content_dropped` is true.
    """
    if tracked.message is not None:
        return from_message(StoredMessage(tracked.message, tracked.status))
    envelope = tracked.envelope
    audience = envelope.audience if envelope else None
    return {
        "id": tracked.id,
        "status": tracked.status.value,
        "push_time": format_instant(envelope.push_at) if envelope else None,
        **(from_family(envelope) if envelope else {}),
        "created_at": format_instant(tracked.created_at),
        "expires_at": format_instant(envelope.expires_at) if envelope else None,
        "retries": envelope.resend.count if envelope and envelope.resend else 0,
        "content": None,
        "template": None,
        "default_language": None,
        "audience": _from_audience(audience) if audience else None,
        "options": None,
        "personal": envelope.is_personal if envelope else None,
        **(from_steps(envelope) if envelope else {}),
        "content_dropped": True,
    }


def from_template(template: TemplateVersion | None) -> dict[str, object] | None:
    """Return the template version of a message as JSON."""
    return {"name": template.name, "version": template.version} if template else None


def _from_audience(audience: AudienceSummary) -> object:
    if audience.expression:
        return orjson.loads(audience.expression)
    return {audience.kind.value: audience.count or True}


def from_warnings(warnings: Iterable[FieldError]) -> Sequence[dict[str, str]]:
    """Return warnings as JSON."""
    return [{"field": warning.field, "message": warning.message} for warning in warnings]
