"""Checks, before a message is stored, whether the app's vendors can carry it, and with what effect.

In: a message. Out: errors and warnings for its sender. Vendors with the same text share one.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec.structs import replace

from pushgate.adapters.contract import Push
from pushgate.adapters.preparation import check
from pushgate.adapters.quick_check import measure
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.audience import AudienceKind
from pushgate.domain.errors import FieldError, PayloadRejected
from pushgate.domain.message import Message, TooLong
from pushgate.domain.outcome import FailureCode

Sign = Callable[[str, str], str]
"""App and message id -> the message's callback token."""


class _Target(NamedTuple):
    """A vendor that may get the message, for terminals or for topics."""

    vendor: str
    to_topics: bool

    @property
    def label(self) -> str:
        return f"{self.vendor} topics" if self.to_topics else self.vendor


class _Finding(NamedTuple):
    """A finding about one vendor."""

    label: str
    error: FieldError
    fatal: bool


def check_vendors(
    configured: ConfiguredApp, message: Message, sign: Sign
) -> tuple[list[FieldError], list[FieldError]]:
    """Return the errors for which the message is refused, and warnings.

    A message is refused where no vendor can carry the content of some language, where one cannot
    and `on_too_long` asks for it, and where an option is not known.
    """
    callback_token = _callback_token(sign, configured.app.name, message.id)
    targets = _targets(configured, message)
    found = [
        finding
        for language in message.content
        for finding in _check_language(configured, message, language, callback_token, targets)
    ]
    if not found:
        return [], []
    return _merge(one for one in found if one.fatal), _merge(one for one in found if not one.fatal)


def _check_language(
    configured: ConfiguredApp,
    message: Message,
    language: str,
    callback_token: str,
    targets: Sequence[_Target],
) -> Iterator[_Finding]:
    to_terminals = _push(message, language, callback_token)
    size = measure(to_terminals)
    refusals: dict[str, PayloadRejected] = {}
    for target in targets:
        adapter = configured.vendors[target.vendor].adapter
        push = replace(to_terminals, to_topic=True) if target.to_topics else to_terminals
        try:
            found = check(target.vendor, adapter, push, size, message.push_at)
        except PayloadRejected as error:
            refusals[target.label] = error
            continue
        for warning in found:
            yield _Finding(target.vendor, in_language(warning, language), fatal=False)
    strict = len(refusals) == len(targets) or message.options.on_too_long is TooLong.REFUSE
    for label, refusal in refusals.items():
        yield _Finding(
            label,
            in_language(FieldError(refusal.field, refusal.reason), language),
            fatal=strict or refusal.code == FailureCode.BAD_OPTION,
        )


def push_in(message: Message, language: str, sign: Sign) -> Push:
    """The message as terminals with the content of this language get it."""
    return _push(message, language, _callback_token(sign, message.app, message.id))


def _push(message: Message, language: str, callback_token: str) -> Push:
    return Push(
        message_id=message.id,
        content=message.content[language],
        options=message.options,
        expires_at=message.expires_at,
        callback=callback_token,
    )


def _targets(configured: ConfiguredApp, message: Message) -> Sequence[_Target]:
    audience = message.audience
    if audience.kind is not AudienceKind.TOKENS:
        return _terminals_of(tuple(configured.vendors))
    named = {(name, False) for name in audience.vendors} | {(name, True) for name in audience.topics}
    return [_Target(name, to_topics) for name, to_topics in sorted(named) if name in configured.vendors]


@lru_cache(maxsize=1024)
def _terminals_of(vendors: tuple[str, ...]) -> Sequence[_Target]:
    return tuple(_Target(name, to_topics=False) for name in sorted(vendors))


def in_language(error: FieldError, language: str) -> FieldError:
    """Return the error with the language in its path where it is about the content."""
    first, *rest = error.field.split(".", 1)
    return FieldError(".".join([first, language, *rest]), error.message) if first == "content" else error


def _merge(findings: Iterable[_Finding]) -> list[FieldError]:
    """Return one error for all vendors with the same text; it names the vendors at its end."""
    labels: dict[FieldError, dict[str, None]] = {}
    for finding in findings:
        labels.setdefault(finding.error, {})[finding.label] = None
    return [
        FieldError(error.field, f"{error.message} ({', '.join(names)})") for error, names in labels.items()
    ]


@lru_cache(maxsize=1024)
def _callback_token(sign: Sign, app: str, message_id: str) -> str:
    """The callback token. Messages are checked before they have an id, so all checks use the same
    one.
    """
    return sign(app, message_id)
