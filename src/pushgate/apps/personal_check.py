"""Checks a personal message before it is stored: its placeholders, the values that it brings, and
vendors' limits with long values. Pure.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

from msgspec.structs import replace

from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.vendor_check import Sign, check_vendors, in_language
from pushgate.content.personal.filling import PersonalContent
from pushgate.content.personal.lengths import NOTHING_KNOWN, KnownLengths, Length
from pushgate.content.personal.syntax import PersonalError, Source, ValueName
from pushgate.content.personal.values import message_values
from pushgate.domain.attributes import value_text
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content, Message, OnMissing, Personal, TooLong

ASSUMED_CHARACTERS = 32
"""The assumed length of values of terminals and users if it is unknown."""
_MAX_TOLD = 3
_NUMBER, _DATE = "n:88888888", "s:2028-12-28"
_Contents = Mapping[str, PersonalContent]


def read_contents(message: Message) -> tuple[dict[str, PersonalContent], list[FieldError]]:
    """Return the contents of a message by language, and the errors of their placeholders."""
    contents: dict[str, PersonalContent] = {}
    errors: list[FieldError] = []
    for language, content in message.content.items():
        try:
            contents[language] = PersonalContent(content, language)
        except PersonalError as error:
            errors += [in_language(one, language) for one in error.errors]
    return contents, errors


def check_values(message: Message, contents: _Contents) -> tuple[list[FieldError], list[FieldError]]:
    """Return errors for values that nobody has, and warnings of what has no effect."""
    personal = message.personal
    assert personal is not None
    named = {name for one in contents.values() for name in one.names}
    errors = [
        FieldError(f"content.{language}", f"shows {{{{ {name} }}}}, {fault}")
        for language, one in contents.items()
        for name in one.required
        if name.source is Source.VALUES and (fault := _value_fault(personal, one, name))
    ]
    return errors, list(_unused(message, named))


def _value_fault(personal: Personal, content: PersonalContent, name: ValueName) -> str | None:
    """Why no terminal can get a content that requires this value of the message, None where some
    can. A fallback stands in for values that show nothing.
    """
    stored, default = _brought(personal, name), f'write {{{{ {name} | default: "..." }}}}'
    if not stored:
        return f"which the message brings for nobody: add it to values or user_values, or {default}"
    if personal.on_missing is OnMissing.LEAVE_OUT and not content.shows_any(name, stored):
        return f"and its values are blank, or no number or date for its filter: change them, or {default}"
    return None


def _brought(personal: Personal, name: ValueName) -> list[str]:
    """All values that a message brings under a name, for all and for single users, as stored."""
    found = (personal.values, *personal.user_values.values())
    return [value_text(own[name.name]) for own in found if name.name in own]


def fill_for_all(message: Message) -> tuple[Message, list[FieldError]]:
    """Return the message with its values in place where all terminals get the same: the content
    names nothing of terminals and users, and the message brings nothing for single users. Then come
    warnings of values without an effect.

    Any other message is returned as it is, also one that lacks a value.
    """
    personal = message.personal
    if personal is None or personal.user_values or personal.fallback:
        return message, []
    contents, errors = read_contents(message)
    named = {name for one in contents.values() for name in one.names}
    if errors or any(name.source is not Source.VALUES for name in named):
        return message, []
    values, filled = message_values(personal, None), dict[str, Content]()
    for language, one in contents.items():
        texts = one.texts({name: [values.get(name.name)] for name in one.names}, 1)
        if texts.missing:
            return message, []
        filled[language] = one.content(texts, 0)
    return replace(message, content=filled, personal=None), list(_unused(message, named))


def _unused(message: Message, named: Iterable[ValueName]) -> Iterator[FieldError]:
    """Warn of values that no content shows, and of a personal message without placeholders."""
    personal, shown = message.personal, {one.name for one in named if one.source is Source.VALUES}
    assert personal is not None
    for name in personal.values:
        if name not in shown:
            yield FieldError(f"values.{name}", f"has no effect: no content shows {{{{ values.{name} }}}}")
    of_users = {name for own in personal.user_values.values() for name in own}
    others = of_users - shown - personal.values.keys()
    for name in sorted(others):
        text = f"{name} has no effect: no content shows {{{{ values.{name} }}}}"
        yield FieldError("user_values", text)
    if not any(True for _ in named):
        yield FieldError("personal", "has no effect: no content has a placeholder")


def check_personal_vendors(
    configured: ConfiguredApp,
    message: Message,
    contents: _Contents,
    sign: Sign,
    lengths: KnownLengths = NOTHING_KNOWN,
) -> tuple[list[FieldError], list[FieldError]]:
    """Return errors and warnings as `check_vendors` does: errors for what no terminal can get, and
    warnings also of vendors whose limits the longest values of attributes may break.
    """
    check = partial(check_vendors, configured, sign=sign)
    errors, warnings = check(message=filled(message, contents, characters=1))
    if message.options.on_too_long is not TooLong.TRUNCATE:
        longest = _longest(contents, lengths)
        long_errors, long_warnings = check(message=_filled(message, contents, longest))
        known = {one.field for one in (*errors, *warnings)}
        warnings += [
            replace_text(one, f"may be too long with the longest values{_told(longest)}")
            for one in (*long_errors, *long_warnings)
            if one.field not in known
        ]
    fallback = message.personal and message.personal.fallback
    if fallback:
        of_fallback = check(message=replace(message, content=fallback, personal=None))
        errors += map(_in_fallback, of_fallback[0])
        warnings += map(_in_fallback, of_fallback[1])
    return errors, warnings


def warn_of_values(
    configured: ConfiguredApp, message: Message, values: Mapping[ValueName, str], sign: Sign
) -> list[FieldError]:
    """Return warnings of vendors for which the content is too long with these values, as they are
    stored. There are none where no value is longer than a check of the message takes values to be.
    """
    too_long_matters = message.options.on_too_long is not TooLong.TRUNCATE
    if not too_long_matters or max(map(len, values.values()), default=0) <= len("s:") + ASSUMED_CHARACTERS:
        return []
    contents, _ = read_contents(message)
    content = {
        language: one.sample({name: (values.get(name, ""), _NUMBER, _DATE) for name in one.names})
        for language, one in contents.items()
    }
    shortest = check_vendors(configured, filled(message, contents, characters=1), sign)
    known = {one.field for found in shortest for one in found}
    found = check_vendors(configured, replace(message, content=content, personal=None), sign)
    return [
        replace_text(one, "is too long with the longest values that were looked at")
        for one in (*found[0], *found[1])
        if one.field not in known
    ]


def filled(message: Message, contents: _Contents, *, characters: int) -> Message:
    """Return the message as terminals get it whose values have this many characters.

    What the message brings itself is taken at its longest.
    """
    names = {name for one in contents.values() for name in one.names}
    return _filled(message, contents, dict.fromkeys(names, Length(characters, characters)))


def _filled(message: Message, contents: _Contents, lengths: Mapping[ValueName, Length]) -> Message:
    content = {
        language: one.sample({name: _values(message, name, lengths[name].text) for name in one.names})
        for language, one in contents.items()
    }
    return replace(message, content=content, personal=None)


def _longest(contents: _Contents, lengths: KnownLengths) -> dict[ValueName, Length]:
    names = dict.fromkeys(name for one in contents.values() for name in one.names)
    return {name: lengths.find(name, ASSUMED_CHARACTERS) for name in names}


def _told(longest: Mapping[ValueName, Length]) -> str:
    """Return how long the values of attributes were taken to be, in parentheses."""
    of_attributes = [(name, length) for name, length in longest.items() if name.source is not Source.VALUES]
    told = [f"{name} of {length.characters} characters" for name, length in of_attributes[:_MAX_TOLD]]
    return f" ({', '.join([*told, '...'] if len(of_attributes) > _MAX_TOLD else told)})" if told else ""


def _values(message: Message, name: ValueName, text: str) -> Sequence[str]:
    """Return sample values for a name; the first one that the filters accept is shown."""
    of_any_kind = ("s:" + text, _NUMBER, _DATE)
    if name.source is not Source.VALUES or message.personal is None:
        return of_any_kind
    return (*sorted(_brought(message.personal, name), key=len, reverse=True), *of_any_kind)


def replace_text(error: FieldError, text: str) -> FieldError:
    """Return the error with a text in front of what it says."""
    return FieldError(error.field, f"{text}: {error.message}")


def _in_fallback(error: FieldError) -> FieldError:
    first, dot, rest = error.field.partition(".")
    return FieldError(f"fallback{dot}{rest}", error.message) if first == "content" else error
