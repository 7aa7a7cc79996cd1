"""The fields of personal messages, JSON <-> domain. Pure."""

from collections.abc import Iterable, Iterator, Mapping

from pushgate.api.mapping.content import from_content, to_content
from pushgate.api.schemas.messages import ChangeBody, MessageBody
from pushgate.api.template_copies import NO_COPIES, Copies, TemplateCopy
from pushgate.domain.audience import Audience, AudienceKind, ByToken, ByUser
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content, Message, OnMissing, Personal

_PERSONAL_FIELDS = ("on_missing", "fallback", "fallback_template", "values", "user_values")
_NO_USERS = FieldError("user_values", "has no effect: push tokens have no users; use values")
_NOT_PERSONAL = (
    'of a message whose placeholders are not filled in: set "personal": true with content that has some, '
    "or name a template"
)
_KEEPS_PLACEHOLDERS = "false leaves the placeholders of the content as they are: give content with it"


def to_personal(
    written: MessageBody,
    content: Mapping[str, Content],
    audience: Audience,
    errors: list[FieldError],
    warnings: list[FieldError],
    copies: Copies = NO_COPIES,
) -> Personal | None:
    """Return the values that fill the placeholders of a message to this audience; None where its
    placeholders are not filled. Placeholders of a template are always filled.

    Adds errors for fields without an effect. With a template these are warnings, because its next
    version may have other placeholders.
    """
    copied = copies.content
    if copied and not copied.has_placeholders:
        warnings += _without_effect(written, "with a template without placeholders", "personal")
        return None
    if not copied and not written.personal:
        errors += _without_effect(written, 'without "personal": true; set it, or leave this out')
        return None
    fallback = _new_fallback(written, copies.fallback, content, errors, warnings) or {}
    errors += fallback_faults(written.on_missing, fallback, content)
    if written.user_values and isinstance(audience, ByToken):
        errors.append(_NO_USERS)
    warnings += _unnamed_users(written.user_values, audience)
    return Personal(
        on_missing=written.on_missing or OnMissing.LEAVE_OUT,
        fallback=fallback,
        values=written.values,
        user_values=written.user_values,
    )


def change_personal(
    message: Message,
    written: ChangeBody,
    content: Mapping[str, Content],
    audience: Audience | None,
    errors: list[FieldError],
    warnings: list[FieldError],
    copies: Copies = NO_COPIES,
) -> Personal | None:
    """Return the values that fill the placeholders of a message that gets this content. `audience`
    is the new audience, if the change has one.

    Fields that the change leaves out stay as they are. Errors and warnings are those of
    `to_personal`.
    """
    copied = copies.content
    if copied and not copied.has_placeholders:
        warnings += _without_effect(written, "with a template without placeholders", "personal")
        return None
    if not is_changed_personal(message, written, copied):
        errors += _without_effect(written, _NOT_PERSONAL)
        if message.personal and written.content is None and written.variants is None:
            errors.append(FieldError("personal", _KEEPS_PLACEHOLDERS))
        return None
    before = message.personal or Personal()
    on_missing = written.on_missing or before.on_missing
    fallback = before.fallback if on_missing is OnMissing.FALLBACK else {}
    own = _new_fallback(written, copies.fallback, content, errors, warnings)
    fallback = fallback if own is None else own
    errors += fallback_faults(on_missing, fallback, content)
    user_values = before.user_values if written.user_values is None else written.user_values
    is_tokens = message.audience.kind is AudienceKind.TOKENS
    if audience is not None:
        is_tokens = isinstance(audience, ByToken)
        warnings += _unnamed_users(user_values, audience)
    if user_values and is_tokens:
        errors.append(_NO_USERS)
    return Personal(
        on_missing=on_missing,
        fallback=fallback,
        values=before.values if written.values is None else written.values,
        user_values=user_values,
    )


def _new_fallback(
    written: MessageBody | ChangeBody,
    copied: TemplateCopy | None,
    content: Mapping[str, Content],
    errors: list[FieldError],
    warnings: list[FieldError],
) -> Mapping[str, Content] | None:
    """Return the fallback that is written, or copied in the languages of the content; None where
    neither is.
    """
    if copied is None:
        if written.fallback is None:
            return None
        return to_content(written.fallback, errors, warnings, field="fallback")
    errors += copied.errors
    if written.fallback is not None:
        errors.append(FieldError("fallback_template", "is given beside fallback; give one of the two"))
    if copied.has_placeholders:
        text = "shows placeholders, and a fallback is the same for all: name a template without any"
        errors.append(FieldError("fallback_template", text))
    if copied.errors:  # the template is missing: a stand-in keeps further faults of the fallback away
        return dict.fromkeys(content, Content("-", "-"))
    return {language: copied.content[language] for language in content if language in copied.content}


def is_changed_personal(message: Message, written: ChangeBody, copied: TemplateCopy | None = None) -> bool:
    """Return whether placeholders of a message are filled in after a change."""
    if copied:
        return copied.has_placeholders
    return (message.personal is not None) if written.personal is None else written.personal


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


def _unnamed_users(users: Iterable[str], audience: Audience) -> Iterator[FieldError]:
    """Warn of values for users whom an audience of users does not name."""
    if isinstance(audience, ByUser) and (others := len(set(users).difference(audience.users))):
        named = "a user" if others == 1 else f"{others} users"
        text = f"names {named} whom the audience does not name: their values have no effect"
        yield FieldError("user_values", text)


def _without_effect(written: MessageBody | ChangeBody, reason: str, *more: str) -> Iterator[FieldError]:
    for name in (*_PERSONAL_FIELDS, *more):
        if getattr(written, name):
            yield FieldError(name, f"has no effect {reason}")
