"""What the app's vendors say of a message before it is stored: why they cannot carry it, and what they make of it.

In: a message. Out: faults and warnings for the caller, one for all vendors of which the same is to be said.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pushgate.adapters.contract import Push
from pushgate.adapters.truncation import prepare, warnings
from pushgate.api.context import ApiContext
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.audience import AudienceKind
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Message, TooLong

_Said = tuple[str, FieldError]
"""A vendor, and what is to be said of it."""


def of_message(
    context: ApiContext, configured: ConfiguredApp, message: Message
) -> tuple[list[FieldError], list[FieldError]]:
    """Why the message cannot be taken, and warnings.

    It cannot be taken where no vendor can carry it in some language, where one cannot and the caller wants the message
    refused then, and where an option is not known.
    """
    fatal, others = list[_Said](), list[_Said]()
    callback = context.callbacks.sign(configured.app.name, message.id)
    for language in message.content:
        for is_fatal, said in _of_language(configured, message, language, callback):
            (fatal if is_fatal else others).append(said)
    return _together(fatal), _together(others)


def _of_language(
    configured: ConfiguredApp, message: Message, language: str, callback: str
) -> Iterator[tuple[bool, _Said]]:
    """What is to be said of the content in this language, and whether it is fatal."""
    push = Push(message.id, message.content[language], message.options, message.expires_at, callback)
    to_topics = replace(push, to_topic=True)
    refusals: dict[str, PayloadRejected] = {}
    meant = _meant(configured, message)
    for name, to_many in meant:
        try:
            prepare(configured.vendors[name].adapter, to_topics if to_many else push, message.push_at)
        except PayloadRejected as error:
            refusals[f"{name} topics" if to_many else name] = error
        else:
            for fault in warnings(name, configured.vendors[name].adapter, push):
                yield False, (name, FieldError(_in_language(fault.field, language), fault.message))
    strict = len(refusals) == len(meant) or message.options.on_too_long is TooLong.REFUSE
    for name, refusal in refusals.items():
        fault = FieldError(_in_language(refusal.field, language), refusal.reason)
        yield strict or refusal.code == "bad_option", (name, fault)


def _meant(configured: ConfiguredApp, message: Message) -> list[tuple[str, bool]]:
    """The vendors that may get the message, each with whether its tokens stand for many."""
    audience = message.audience
    if audience.kind is not AudienceKind.TOKENS:
        return [(name, False) for name in sorted(configured.vendors)]
    named = {(name, False) for name in audience.vendors} | {(name, True) for name in audience.topics}
    return sorted((name, to_many) for name, to_many in named if name in configured.vendors)


def _in_language(field: str, language: str) -> str:
    return re.sub(r"^content(?=\.|$)", f"content.{language}", field)


def _together(said: Iterable[_Said]) -> list[FieldError]:
    """One fault for all vendors of which the same is said; it names them at its end."""
    vendors_of: dict[FieldError, dict[str, None]] = {}
    for name, fault in said:
        vendors_of.setdefault(fault, {})[name] = None
    return [
        FieldError(fault.field, f"{fault.message} ({', '.join(names)})")
        for fault, names in vendors_of.items()
    ]
