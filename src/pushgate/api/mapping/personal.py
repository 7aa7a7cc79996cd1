"""What a personal message brings, JSON <-> domain. Pure."""

from collections.abc import Iterator, Mapping

from pushgate.api.mapping.content import from_content, to_content
from pushgate.api.schemas.messages import MessageBody
from pushgate.api.template_copies import TemplateCopy
from pushgate.domain.audience import Audience, ByToken, ByUser
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content, OnMissing, Personal

_PERSONAL_FIELDS = ("on_missing", "fallback", "values", "user_values")


def to_personal(
    written: MessageBody,
    content: Mapping[str, Content],
    audience: Audience,
    errors: list[FieldError],
    warnings: list[FieldError],
    copied: TemplateCopy | None = None,
) -> Personal | None:
    """Return what fills the placeholders of a message to this audience, None where it has none.
    Those of a template (`copied`) are always filled.

    Adds errors for fields without an effect; with a template they are warnings, for its next
    version may have other placeholders.
    """
    if copied and not copied.has_placeholders:
        warnings += _without_effect(written, "with a template without placeholders", "personal")
        return None
    if not copied and not written.personal:
        errors += _without_effect(written, 'without "personal": true; set it, or leave this out')
        return None
    fallback = to_content(written.fallback or {}, errors, warnings, field="fallback")
    errors += fallback_faults(written.on_missing, fallback, content)
    users = list(written.user_values)
    if users and isinstance(audience, ByToken):
        errors.append(FieldError("user_values", "has no effect: push tokens have no users; use values"))
    if isinstance(audience, ByUser) and (others := len(set(users).difference(audience.users))):
        warnings.append(FieldError("user_values", _names_others(others)))
    return Personal(
        on_missing=written.on_missing or OnMissing.LEAVE_OUT,
        fallback=fallback,
        values=written.values,
        user_values=written.user_values,
    )


def fallback_faults(
    on_missing: OnMissing | None, fallback: Mapping[str, Content], content: Mapping[str, Content]
) -> Iterator[FieldError]:
    """Return an error where there is a fallback without an effect, or none where one is needed."""
    if on_missing is not OnMissing.FALLBACK:
        if fallback:
            yield FieldError("fallback", 'has no effect without "on_missing": "fallback"; give both or none')
        return
    if lacking := [language for language in content if language not in fallback]:
        text = f"has no content in {', '.join(lacking)}; give one for each language of content"
        yield FieldError("fallback", text)
    for language in fallback:
        if language not in content:
            yield FieldError(f"fallback.{language}", "is none of content's languages; take it out")


def from_personal(personal: Personal | None) -> dict[str, object]:
    """Return the fields of a message that has placeholders."""
    if personal is None:
        return {"personal": False}
    body: dict[str, object] = {
        "personal": True,
        "on_missing": personal.on_missing.value,
        "values": dict(personal.values),
        "user_values": {user: dict(own) for user, own in personal.user_values.items()},
    }
    if personal.fallback:
        body["fallback"] = from_content(personal.fallback)
    return body


def _names_others(count: int) -> str:
    named = "a user" if count == 1 else f"{count} users"
    return f"names {named} whom the audience does not name: their values have no effect"


def _without_effect(written: MessageBody, reason: str, *more: str) -> Iterator[FieldError]:
    for name in (*_PERSONAL_FIELDS, *more):
        if getattr(written, name):
            yield FieldError(name, f"has no effect {reason}")
