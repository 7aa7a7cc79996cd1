"""The content of a template -> the stored template, checked like the content of a message."""

from msgspec.structs import replace

from pushgate.adapters.topics import summarize_audience
from pushgate.api.context import ApiContext
from pushgate.api.mapping.content import choose_default_language, to_content
from pushgate.api.mapping.options import to_options
from pushgate.api.schemas.templates import TemplateBody, TemplatePreviewBody
from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.message_check import check_message, require_readable
from pushgate.apps.personal_check import read_contents
from pushgate.content.language import for_grouping
from pushgate.content.personal.lengths import KnownLengths
from pushgate.content.personal.syntax import Source
from pushgate.content.personal.values import look_up
from pushgate.domain.attributes import value_text
from pushgate.domain.audience import Everyone
from pushgate.domain.errors import FieldError, InvalidRequest
from pushgate.domain.message import Content, Message, OnMissing, Options, Personal
from pushgate.domain.message_id import UNASSIGNED
from pushgate.domain.terminal import AttributeValue
from pushgate.messages.templates import TemplateContent

_UNKNOWN = ""
"""Stands for a value of any text, number or date, short or long."""
_REMEDY = "give one, or write a default"
_NO_VENDOR = "no vendor has checked it: the app is set up for none yet"


def check_template(
    context: ApiContext, configured: ConfiguredApp, written: TemplateBody, lengths: KnownLengths
) -> tuple[TemplateContent, list[FieldError]]:
    """Return the template to be stored, and warnings. Placeholders are filled with samples, because
    the real values come with a message and its terminals. `lengths` are those of the terminals'
    attributes.

    Raises InvalidRequest with all errors, among them those of a content that none of the app's
    vendors can carry, and SealedElsewhere where this process cannot open the section of any.
    """
    errors, warnings = list[FieldError](), list[FieldError]()
    content = to_content(written.content, errors, warnings, personal=True)
    default = choose_default_language(written.default_language, content, configured.default_language, errors)
    template = TemplateContent(content, default)
    message = _message(context, configured, template, Options())
    message, faults = _with_samples(message)
    errors += faults
    if configured.vendors:
        sign, max_bytes = context.callbacks.sign, context.settings.max_message
        warnings += check_message(configured, message, sign, max_bytes, errors, lengths)
        # The options come with the message that names the template.
        return template, [one for one in warnings if not one.field.startswith("options.")]
    require_readable(configured, *configured.unreadable)
    if errors:
        raise InvalidRequest(errors)
    return template, [*warnings, FieldError("content", _NO_VENDOR)]


def _with_samples(message: Message) -> tuple[Message, list[FieldError]]:
    """Return the message with a sample for each value that a message has to bring, and the errors
    of its placeholders.
    """
    contents, faults = read_contents(message)
    names = {name for one in contents.values() for name in one.names}
    if not names or faults:
        return message, faults
    samples: dict[str, AttributeValue] = {
        name.name: _UNKNOWN for name in names if name.source is Source.VALUES
    }
    # With a fallback, missing values are no fault: the values of terminals are not known here.
    return replace(message, personal=Personal(on_missing=OnMissing.FALLBACK, values=samples)), faults


async def to_previewed(
    context: ApiContext, configured: ConfiguredApp, name: str, written: TemplatePreviewBody
) -> tuple[int | None, Message, list[FieldError]]:
    """Return the version that is to be shown, None for a content of the request; a message with its
    content, filled with the values of the request; and an error for each language that lacks a
    value, which the message does not have.

    Raises InvalidRequest, and NotFound where no such version is stored.
    """
    errors = list[FieldError]()
    options = to_options(written.options, errors, configured.settings.categories)
    version: int | None = None
    if written.content is None:
        stored = await context.stores.templates.find(configured.app, name, written.version)
        version, content = stored.version, dict(stored.content.content)
    else:
        content = to_content(written.content, errors, [], personal=True)
        if written.version is not None:
            errors.append(FieldError("version", "is given beside content; give one of the two"))
    if written.language is not None and not errors:
        language = for_grouping(written.language)
        if language not in content:
            errors.append(FieldError("language", f"is none of content's: {', '.join(content)}"))
        content = {tag: one for tag, one in content.items() if tag == language}
    message = _message(context, configured, TemplateContent(content, ""), options)
    filled, missing, faults = _filled(message, written)
    if errors := errors + faults:
        raise InvalidRequest(errors)
    return version, replace(message, content=filled), missing


def _filled(
    message: Message, written: TemplatePreviewBody
) -> tuple[dict[str, Content], list[FieldError], list[FieldError]]:
    """Return the contents with values in place, an error for each language that lacks a value, and
    the errors of the placeholders.
    """
    contents, faults = read_contents(message)
    given = [
        {name: value_text(value) for name, value in values.items()}
        for values in (written.attributes, written.user_attributes, written.values)
    ]
    filled, missing = dict[str, Content](), list[FieldError]()
    for language, one in contents.items():
        texts = one.texts({name: [look_up(name, *given)] for name in one.names}, 1)
        missing += [
            FieldError(f"content.{language}", f"shows {{{{ {name} }}}}, which has no value here; {_REMEDY}")
            for _, name in texts.missing
        ]
        if not texts.missing:
            filled[language] = one.content(texts, 0)
    return filled, missing, faults


def _message(
    context: ApiContext, configured: ConfiguredApp, template: TemplateContent, options: Options
) -> Message:
    """Return a message to everyone that has the content and is due now."""
    now = context.clock.now()
    return Message(
        id=UNASSIGNED,
        app=configured.app.name,
        content=template.content,
        default_language=template.default_language,
        push_at=now,
        created_at=now,
        audience=summarize_audience(Everyone()),
        options=options,
    )
