"""Gathers the known facts about a terminal from the stores."""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from pushgate.apps.catalog import ConfiguredApp
from pushgate.apps.pending_reasons import vendor_problems
from pushgate.diagnosis.facts import TerminalFacts
from pushgate.domain.app import App
from pushgate.domain.outcome import SlotRef
from pushgate.fleet.problem_codes import SystemProblem
from pushgate.stores import Stores
from pushgate.terminals.registered_terminals import RegisteredTerminal
from pushgate.tracking.histories import HistoryPage

MAX_MESSAGES = 20
"""The latest messages of the terminal that are looked at."""


async def gather_facts(
    stores: Stores, configured: ConfiguredApp, terminal_id: str, now: datetime
) -> TerminalFacts:
    """Gather the known facts about the terminal, registered or not. Raises EngineUnavailable."""
    app = configured.app
    registered = await stores.tracked.registered.find(app, terminal_id)
    former = None if registered else await stores.former_terminals.find(app, terminal_id)
    slots = registered.slots if registered else former.slots if former else []
    vendor = slots[0].group.vendor if slots else None
    history, owner, siblings, problems = await asyncio.gather(
        _history(stores, app, slots),
        _owner(stores, app, registered),
        _siblings(stores, app, registered),
        _problems(stores, configured, now, vendor if registered else None),
    )
    return TerminalFacts(
        terminal_id=terminal_id,
        registered=registered,
        former=former,
        owner=owner,
        siblings=siblings,
        history=history.entries,
        has_whole_history=history.following is None and not history.has_older_small,
        is_configured=vendor in configured.vendors,
        problems=problems,
    )


async def _history(stores: Stores, app: App, slots: Sequence[SlotRef]) -> HistoryPage:
    if not slots:
        return HistoryPage(entries=[], following=None, has_older_small=False)
    return await stores.tracked.histories.page(app, slots, None, MAX_MESSAGES)


async def _owner(stores: Stores, app: App, registered: RegisteredTerminal | None) -> str | None:
    """The other terminal that has the terminal's push token now, None where there is none."""
    if registered is None:
        return None
    terminal = registered.terminal
    owner = await stores.tracked.registered.find_by_token(app, terminal.vendor, terminal.token)
    return owner.terminal.id if owner and owner.terminal.id != terminal.id else None


async def _siblings(stores: Stores, app: App, registered: RegisteredTerminal | None) -> Sequence[str] | None:
    """The ids of other terminals of the user, in their order; None where they are too many."""
    if registered is None or registered.terminal.user is None:
        return []
    (refs,) = await stores.locations.locate_each_user(app, [registered.terminal.user])
    if refs is None:
        return None
    slots: dict[int, list[int]] = {}
    for ref in refs:
        slots.setdefault(ref.shard, []).append(ref.slot)
    found = await asyncio.gather(*(stores.holders.ids(app, shard, some) for shard, some in slots.items()))
    ids = sorted(terminal_id for of_shard in found for terminal_id in of_shard.values())
    return [one for one in ids if one != registered.terminal.id]


async def _problems(
    stores: Stores, configured: ConfiguredApp, now: datetime, vendor: str | None
) -> Sequence[SystemProblem]:
    """Why pushes of the vendor wait."""
    if vendor is None or vendor not in configured.vendors:
        return []
    return await vendor_problems(stores, configured, now, {vendor})
