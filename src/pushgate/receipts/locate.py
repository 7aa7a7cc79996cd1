"""Terminals as receipts name them -> the slots that a message may have reached them in.

A report names a terminal by its id or by its push token, in any spelling that a vendor takes.
"""

import asyncio
from collections.abc import Sequence

from pushgate.adapters.registry import vendors
from pushgate.bundles.values import INLINE
from pushgate.domain.app import App
from pushgate.domain.audience import AudienceKind, ByToken
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import SlotRef
from pushgate.redis.hash_tags import shard_of
from pushgate.redis.scripts import portions
from pushgate.stores import Stores

_READS_AT_ONCE = 50


async def locate(
    stores: Stores, app: App, message: Envelope, terminals: Sequence[str], vendor: str | None
) -> list[list[SlotRef]]:
    """Return the possible slots of each terminal, only those of `vendor` unless it is None.

    The list of a terminal that is not known is empty. Raises EngineUnavailable.
    """
    if message.audience.kind is AudienceKind.TOKENS:
        candidates = await _by_inline_token(stores, app, message.id, terminals)
    else:
        candidates = await _registered(stores, app, terminals)
    return _of_vendor(candidates, vendor)


async def locate_registered(
    stores: Stores, app: App, terminals: Sequence[str], vendor: str | None
) -> list[list[SlotRef]]:
    """Return the slots that each terminal has and had in the registry, only those of `vendor`
    unless it is None. Raises EngineUnavailable.
    """
    return _of_vendor(await _registered(stores, app, terminals), vendor)


async def locate_in_small_messages(
    stores: Stores, app: App, reports: Sequence[tuple[str, str]], vendor: str | None
) -> list[list[tuple[int, int]]]:
    """Return for each message id and terminal the terminal's number among the push tokens that the
    message brought, after `INLINE`; empty where the message brought no such token.

    A registered terminal may be named by its id all the same. Raises EngineUnavailable.
    """
    accounts = await stores.small_accounts.read(app, [message_id for message_id, _ in reports], slots=False)
    brought = [
        account.message.audience.tokens
        if account and account.message and isinstance(account.message.audience, ByToken)
        else ()
        for account in accounts
    ]
    named = [terminal for tokens, (_, terminal) in zip(brought, reports, strict=True) if tokens]
    spelled = await _tokens_of(stores, app, named)
    found: list[list[tuple[int, int]]] = []
    for tokens, (_, terminal) in zip(brought, reports, strict=True):
        spellings = _spellings(spelled[terminal]) if tokens else {}
        found.append(
            [
                (INLINE, number)
                for number, item in enumerate(tokens)
                if vendor in (None, item.vendor) and item.vendor in spellings.get(item.token, ())
            ]
        )
    return found


def _of_vendor(candidates: Sequence[Sequence[SlotRef]], vendor: str | None) -> list[list[SlotRef]]:
    return [[slot for slot in slots if vendor is None or slot.group.vendor == vendor] for slots in candidates]


async def _tokens_of(stores: Stores, app: App, terminals: Sequence[str]) -> dict[str, str]:
    """Return for each name what `_token_of` does."""
    found: dict[str, str] = {}
    for some in portions(list(dict.fromkeys(terminals)), _READS_AT_ONCE):
        tokens = await asyncio.gather(*(_token_of(stores, app, terminal) for terminal in some))
        found |= zip(some, tokens, strict=True)
    return found


async def _token_of(stores: Stores, app: App, terminal: str) -> str:
    """Return the push token of a registered terminal; what is no terminal's id is a token."""
    try:
        return (await stores.registry.read(app, terminal)).token
    except NotFound:
        return terminal


async def _registered(stores: Stores, app: App, terminals: Sequence[str]) -> list[list[SlotRef]]:
    """Return the slots of registered terminals, found by id or else by push token."""
    by_id = await stores.locations.locate(app, terminals)
    candidates: list[list[SlotRef]] = [list(slots) for slots in by_id]
    lookups = [
        (index, token, names)
        for index, slots in enumerate(candidates)
        if not slots
        for token, names in _spellings(terminals[index]).items()
    ]
    by_token = await stores.locations.locate_tokens(app, [token for _, token, _ in lookups])
    for (index, _, names), slots in zip(lookups, by_token, strict=True):
        candidates[index] += [slot for slot in slots if slot.group.vendor in names]
    return candidates


async def _by_inline_token(
    stores: Stores, app: App, message_id: str, terminals: Sequence[str]
) -> list[list[SlotRef]]:
    """Return the slots of terminals that the message named by push token.

    A registered terminal may report by its id all the same: then its token is looked up.
    """
    tokens = await _tokens_of(stores, app, terminals)
    lookups = [
        (index, spelling, names)
        for index, terminal in enumerate(terminals)
        for spelling, names in _spellings(tokens[terminal]).items()
    ]
    shard = shard_of(app, message_id)
    found = await stores.tokens.locate_inline(app, shard, message_id, [token for _, token, _ in lookups])
    candidates: list[list[SlotRef]] = [[] for _ in terminals]
    for (index, _, names), place in zip(lookups, found, strict=True):
        if place and place.group.vendor in names:
            candidates[index].append(place)
    return candidates


def _spellings(token: str) -> dict[str, frozenset[str]]:
    """Return the push tokens that a reported token may mean, each with the vendors that it may be
    of.

    As it is spelled it may be any vendor's; in a vendor's normal form it is that vendor's.
    """
    found = {token: frozenset(vendors())}
    for name, vendor in vendors().items():
        if (normal := vendor.normalize_token(token)) != token:
            found[normal] = found.get(normal, frozenset()) | {name}
    return found
