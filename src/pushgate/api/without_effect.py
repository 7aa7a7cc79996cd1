"""Warnings of input that is taken and has no effect, or reaches nobody. Each names the field."""

import re
from collections.abc import Iterator, Mapping, Sequence

from pushgate.api.context import ApiContext
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.audience import Audience, AudienceKind, ByTerminal, ByUser, Everyone
from pushgate.domain.errors import FieldError
from pushgate.domain.message import Content
from pushgate.domain.terminal import Terminal

LOOKED_UP = 1000
"""How many ids of an audience are looked up before a message is stored."""
_LOOKUPS = 10_000
"""The most lookups for users, each of whom is looked for in every shard."""
_NOBODY = "; the message reaches nobody"
_PLACEHOLDER = re.compile(r"\{\{[^{}]{0,200}\}\}")
_UNUSED_BY_TERMINALS = {
    "tags": "are stored, and no audience can name a tag yet",
    "timezone": "is stored, and no push time follows it yet",
}


def of_terminal(terminal: Terminal) -> tuple[FieldError, ...]:
    """Warn of what a registration holds and nothing uses."""
    return tuple(
        FieldError(name, told) for name, told in _UNUSED_BY_TERMINALS.items() if getattr(terminal, name)
    )


def of_content(content: Mapping[str, Content]) -> Iterator[FieldError]:
    """Warn of placeholders, which are sent as they are."""
    for language, item in content.items():
        texts = {"title": item.title, "body": item.body, "image": item.image or "", "url": item.url or ""}
        texts |= {f"data.{name}": value for name, value in item.data.items()}
        for field, text in texts.items():
            if _PLACEHOLDER.search(text):
                told = "has a placeholder in {{ }}, which is sent as it is: placeholders are not filled in"
                yield FieldError(f"content.{language}.{field}", told)


def of_options(written: Mapping[str, object], configured: ConfiguredApp) -> Iterator[FieldError]:
    """Warn of options of vendors that the app is not set up for."""
    for vendor in written:
        if vendor not in configured.vendors:
            told = f"has no effect: the app is not set up for {vendor}"
            yield FieldError(f"options.{vendor}", told)


async def of_stored(context: ApiContext, configured: ConfiguredApp, message_id: str) -> list[FieldError]:
    """Warn as `of_audience` does of a message that is stored. Raises NotFound."""
    summary = (await context.stores.messages.read_envelope(configured.app.name, message_id)).envelope.audience
    if summary.kind is AudienceKind.ALL:
        return await of_audience(context, configured, Everyone())
    if summary.kind is AudienceKind.TOKENS:
        return []
    listed: list[str] = []
    async for audience in context.stores.audiences.read(message_id, summary):
        match audience:
            case ByTerminal(items) | ByUser(items):
                listed += items
        if len(listed) > LOOKED_UP:
            break
    return await _unknown(context, configured, summary.kind, listed)


async def of_audience(context: ApiContext, configured: ConfiguredApp, audience: Audience) -> list[FieldError]:
    """Warn of listed terminals and users that are not registered, and of an app without terminals."""
    match audience:
        case ByTerminal(listed) | ByUser(listed):
            items = list(dict.fromkeys(listed))
            kind = AudienceKind.TERMINALS if isinstance(audience, ByTerminal) else AudienceKind.USERS
            return await _unknown(context, configured, kind, items)
        case Everyone() if await context.stores.registry.is_empty(configured.app):
            return [FieldError("audience.all", "the app has no terminals" + _NOBODY)]
    return []


async def _unknown(
    context: ApiContext, configured: ConfiguredApp, kind: AudienceKind, listed: Sequence[str]
) -> list[FieldError]:
    """Warn of those that are not registered. Of a long list the first ones are looked up, and the warning says so."""
    app, registry = configured.app, context.stores.registry
    if kind is AudienceKind.TERMINALS:
        looked_up = listed[:LOOKED_UP]
        unknown = await registry.unknown_terminals(app, looked_up)
    else:
        looked_up = listed[: max(1, min(LOOKED_UP, _LOOKUPS // app.shards))]
        unknown = await registry.unknown_users(app, looked_up)
    if not unknown:
        return []
    if len(looked_up) < len(listed):
        told = f"{unknown} of the first {len(looked_up)} {kind} are not registered; the others were not looked up"
    else:
        nobody = _NOBODY if unknown == len(listed) else ""
        told = f"{unknown} of {len(listed)} {kind} are not registered{nobody}"
    return [FieldError(f"audience.{kind}", told)]
