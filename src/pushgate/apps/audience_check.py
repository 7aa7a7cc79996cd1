"""Checks whether the terminals and users of an audience are registered, and those of the messages
that it names. In: an audience. Out: warnings.

A message to unknown terminals is accepted all the same, unless it requires its audience: the
terminals may be registered before its push time.
"""

from collections.abc import Collection, Sequence
from itertools import chain

from pushgate.audiences.limits import MAX_IDS
from pushgate.audiences.naming import naming_nodes
from pushgate.domain.app import App
from pushgate.domain.audience import Audience, AudienceKind, ByTerminal, ByToken, ByUser, Everyone, HadOutcome
from pushgate.domain.errors import FieldError, NotFound
from pushgate.stores import Stores

MAX_LOOKUPS = 1000
"""Ids of one audience that are looked up, unless the message requires its audience."""
_MAX_SHARD_LOOKUPS = 10_000
"""Lookups for users, each of whom is looked up in every shard."""
_NOBODY = "; the message reaches nobody"


async def warn_of_audience(
    stores: Stores, app: App, audience: Audience, *, is_required: bool = False
) -> list[FieldError]:
    """Warn of listed terminals and users that are not registered, and of an app without terminals.

    Where the message requires its audience, the whole of a long list is looked up. Raises
    EngineUnavailable.
    """
    match audience:
        case ByTerminal(listed) | ByUser(listed):
            most = len(listed) if is_required else MAX_LOOKUPS
            return await _warn_of_list(stores, app, _kind_of(audience), list(dict.fromkeys(listed)), most)
        case Everyone() if await stores.existence.is_empty(app):
            return [FieldError("audience.all", "the app has no terminals" + _NOBODY)]
        case Everyone() | ByToken():
            return []
    return await _warn_of_expression(stores, app, audience, is_required=is_required)


async def _warn_of_expression(
    stores: Stores, app: App, audience: Audience, *, is_required: bool
) -> list[FieldError]:
    """Warn of each list whose terminals or users are not all registered, and of each message that
    went to push tokens.
    """
    found: list[FieldError] = []
    left = MAX_IDS if is_required else MAX_LOOKUPS
    brought: dict[str, int] = {}
    for field, node in naming_nodes(audience, "audience"):
        if isinstance(node, HadOutcome):
            if node.message_id not in brought:
                brought[node.message_id] = await _count_brought(stores, app, node.message_id)
            found += _warn_of_brought(field, brought[node.message_id])
        if isinstance(node, ByTerminal | ByUser) and left > 0:
            listed = node.terminals if isinstance(node, ByTerminal) else node.users
            warnings = await _warn_of_list(stores, app, _kind_of(node), listed, left)
            found += (FieldError(field, one.message.removesuffix(_NOBODY)) for one in warnings)
            left -= len(listed)
    return found


async def _count_brought(stores: Stores, app: App, message_id: str) -> int:
    """How many push tokens a message brought, 0 for one that has just been forgotten."""
    try:
        return await stores.outcome_terms.unregistered(app, message_id)
    except NotFound:
        return 0


def _warn_of_brought(field: str, count: int) -> list[FieldError]:
    if not count:
        return []
    tokens = "1 push token" if count == 1 else f"{count} push tokens"
    text = f"the message brought {tokens}, which are no registered terminals: no outcome of it holds them"
    return [FieldError(field, text)]


def _kind_of(listed: ByTerminal | ByUser) -> AudienceKind:
    return AudienceKind.TERMINALS if isinstance(listed, ByTerminal) else AudienceKind.USERS


async def warn_of_small_audiences(
    stores: Stores, app: App, audiences: Sequence[Audience]
) -> list[list[FieldError]]:
    """For each of these audiences of small messages the warnings of `warn_of_audience`, with all
    look-ups together. Raises EngineUnavailable.
    """
    terminals = dict.fromkeys(
        chain.from_iterable(one.terminals for one in audiences if isinstance(one, ByTerminal))
    )
    users = dict.fromkeys(chain.from_iterable(one.users for one in audiences if isinstance(one, ByUser)))
    unknown_terminals = await stores.existence.unknown_terminals(app, list(terminals)) if terminals else set()
    unknown_users = await stores.existence.unknown_users(app, list(users)) if users else set()
    found: list[list[FieldError]] = []
    for audience in audiences:
        match audience:
            case ByTerminal(listed):
                found.append(_warnings(AudienceKind.TERMINALS, set(listed), unknown_terminals))
            case ByUser(listed):
                found.append(_warnings(AudienceKind.USERS, set(listed), unknown_users))
            case _:
                found.append([])
    return found


async def warn_of_stored_audience(stores: Stores, app: App, message_id: str) -> list[FieldError]:
    """Warn as `warn_of_audience` does, for the audience of a stored message. Raises NotFound as
    well.
    """
    account = await stores.tracked.messages.account(app, message_id, slots=False)
    if account is not None:
        return await warn_of_audience(stores, app, account.message.audience) if account.message else []
    summary = (await stores.messages.read_envelope(app.name, message_id)).envelope.audience
    if summary.kind is AudienceKind.EXPRESSION:
        async for audience in stores.audiences.read(message_id, summary):
            return await warn_of_audience(stores, app, audience)
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
    return await _warn_of_list(stores, app, summary.kind, listed, MAX_LOOKUPS)


async def _warn_of_list(
    stores: Stores, app: App, kind: AudienceKind, listed: Sequence[str], most: int
) -> list[FieldError]:
    """Warn of ids that are not registered. Of a long list only the first `most` are looked up."""
    if kind is AudienceKind.TERMINALS:
        looked_up = listed[:most]
        unknown = await stores.existence.unknown_terminals(app, looked_up)
    else:
        in_all_shards = most if most > MAX_LOOKUPS else min(most, _MAX_SHARD_LOOKUPS // app.shards)
        looked_up = listed[: max(1, in_all_shards)]
        unknown = await stores.existence.unknown_users(app, looked_up)
    if len(looked_up) == len(listed) or not unknown:
        return _warnings(kind, listed, unknown)
    first = f"{len(unknown)} of the first {len(looked_up)} {kind}"
    return [FieldError(f"audience.{kind}", f"{first} are not registered; the others were not looked up")]


def _warnings(kind: AudienceKind, listed: Collection[str], unknown: Collection[str]) -> list[FieldError]:
    """Warn of the listed ids that are among the unknown ones."""
    count = sum(one in unknown for one in listed) if unknown else 0
    if not count:
        return []
    nobody = _NOBODY if count == len(listed) else ""
    return [FieldError(f"audience.{kind}", f"{count} of {len(listed)} {kind} are not registered{nobody}")]
