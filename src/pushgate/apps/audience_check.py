"""Whether the terminals and users of an audience are registered. In: an audience. Out: warnings.

A message to unknown terminals is taken all the same: they may be registered before its push time.
"""

from collections.abc import Sequence

from pushgate.domain.app import App
from pushgate.domain.audience import Audience, AudienceKind, ByTerminal, ByUser, Everyone
from pushgate.domain.errors import FieldError
from pushgate.stores import Stores

MAX_LOOKUPS = 1000
"""Ids of one audience that are looked up."""
_MAX_SHARD_LOOKUPS = 10_000
"""Lookups for users, each of whom is looked up in every shard."""
_NOBODY = "; the message reaches nobody"


async def warn_of_audience(stores: Stores, app: App, audience: Audience) -> list[FieldError]:
    """Warn of listed terminals and users that are not registered, and of an app without terminals.

    Raises EngineUnavailable.
    """
    match audience:
        case ByTerminal(listed):
            return await _warn_of_list(stores, app, AudienceKind.TERMINALS, list(dict.fromkeys(listed)))
        case ByUser(listed):
            return await _warn_of_list(stores, app, AudienceKind.USERS, list(dict.fromkeys(listed)))
        case Everyone() if await stores.terminal_counts.is_empty(app):
            return [FieldError("audience.all", "the app has no terminals" + _NOBODY)]
    return []


async def warn_of_stored_audience(stores: Stores, app: App, message_id: str) -> list[FieldError]:
    """Warn as `warn_of_audience` does, for the audience of a stored message. Raises NotFound as
    well.
    """
    account = await stores.tracked.messages.account(app, message_id, slots=False)
    if account is not None:
        return await warn_of_audience(stores, app, account.message.audience) if account.message else []
    summary = (await stores.messages.read_envelope(app.name, message_id)).envelope.audience
    if summary.kind is AudienceKind.ALL:
        return await warn_of_audience(stores, app, Everyone())
    if summary.kind is AudienceKind.TOKENS:
        return []
    listed: list[str] = []
    async for audience in stores.audiences.read(message_id, summary):
        match audience:
            case ByTerminal(items) | ByUser(items):
                listed += items
        if len(listed) > MAX_LOOKUPS:
            break
    return await _warn_of_list(stores, app, summary.kind, listed)


async def _warn_of_list(
    stores: Stores, app: App, kind: AudienceKind, listed: Sequence[str]
) -> list[FieldError]:
    """Warn of ids that are not registered. Of a long list only the first ones are looked up."""
    if kind is AudienceKind.TERMINALS:
        looked_up = listed[:MAX_LOOKUPS]
        unknown = await stores.existence.count_unknown_terminals(app, looked_up)
    else:
        looked_up = listed[: max(1, min(MAX_LOOKUPS, _MAX_SHARD_LOOKUPS // app.shards))]
        unknown = await stores.existence.count_unknown_users(app, looked_up)
    if not unknown:
        return []
    if len(looked_up) < len(listed):
        first = f"{unknown} of the first {len(looked_up)} {kind}"
        text = f"{first} are not registered; the others were not looked up"
    else:
        nobody = _NOBODY if unknown == len(listed) else ""
        text = f"{unknown} of {len(listed)} {kind} are not registered{nobody}"
    return [FieldError(f"audience.{kind}", text)]
