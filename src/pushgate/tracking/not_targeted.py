"""Finds out why a message is not for a terminal, from the known facts about both. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from pushgate.bundles.account_values import SmallAccount
from pushgate.bundles.values import CellKind
from pushgate.domain.audience import Audience, ByTerminal, ByToken, ByUser
from pushgate.domain.outcome import State
from pushgate.ledger.slot_records import ShardRecord
from pushgate.terminals.registered_terminals import RegisteredTerminal
from pushgate.tracking.explained import NotTargeted

MAX_CLOCK_DIFFERENCE = timedelta(minutes=5)
"""How much the clocks of processes may differ."""
_UNPLANNED = {
    CellKind.WAITS: NotTargeted.NOT_PLANNED,
    CellKind.BECOMES_LARGE: NotTargeted.NOT_PLANNED,
    CellKind.CANCELLED: NotTargeted.CANCELLED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A terminal as the caller names it, by its id or by its push token, and as it is registered.

    `token` is a vendor and a push token: those of the caller, or those of the registered terminal.
    `is_configured` says whether the app has settings for the vendor of a token.
    """

    terminal: str | None
    token: tuple[str, str] | None
    registered: RegisteredTerminal | None
    is_configured: bool = True

    @property
    def unknown(self) -> NotTargeted | None:
        """Why the terminal is not known; None for a registered one."""
        if self.registered is not None:
            return None
        if self.terminal is not None:
            return NotTargeted.UNKNOWN_TERMINAL
        return NotTargeted.UNKNOWN_TOKEN if self.is_configured else NotTargeted.VENDOR_NOT_CONFIGURED


def is_listed(audience: Audience, named: Named) -> bool:
    """Whether the audience lists the terminal, its user, or its push token."""
    match audience:
        case ByTerminal(terminals):
            return named.registered is not None and named.registered.terminal.id in terminals
        case ByUser(users):
            return named.registered is not None and named.registered.terminal.user in users
        case ByToken(tokens):
            return any((item.vendor, item.token) == named.token for item in tokens)
    return True


def of_small(account: SmallAccount, named: Named) -> NotTargeted:
    """Why a small message, none of whose slots is the terminal's, is not for it."""
    if account.message is None:
        return _of_dropped(account, named)
    audience, push_at = account.message.audience, account.message.message.push_at
    if unknown := _unknown_to(audience, named):
        return unknown
    listed = is_listed(audience, named)
    if not listed and not isinstance(audience, ByUser):  # a terminal may yet become the user's
        return NotTargeted.NOT_LISTED
    if unplanned := _UNPLANNED.get(account.kind):
        return unplanned
    if not listed:
        return NotTargeted.NOT_LISTED
    if account.kind is CellKind.NOBODY and not _is_later(named, push_at):
        return NotTargeted.NOBODY
    return NotTargeted.REGISTERED_LATER


def _of_dropped(account: SmallAccount, named: Named) -> NotTargeted:
    if any(slot.is_inline for slot in account.slots):
        return NotTargeted.TOKENS_DROPPED
    if named.unknown:
        return named.unknown
    if account.kind is CellKind.NOBODY:
        return NotTargeted.NOBODY
    return _UNPLANNED.get(account.kind, NotTargeted.CONTENT_DROPPED)


def _unknown_to(audience: Audience, named: Named) -> NotTargeted | None:
    """Why the terminal is unknown. A message that brings push tokens needs no registered
    terminal.
    """
    if isinstance(audience, ByToken):
        return None if named.token else NotTargeted.UNKNOWN_TERMINAL
    return named.unknown


def of_unplanned(shard: ShardRecord, *, is_cancelled: bool) -> NotTargeted | None:
    """Why nobody of a shard is targeted by a large message; None where the shard was planned."""
    if shard.is_planned:
        return None
    if is_cancelled or shard.ended is State.CANCELLED:
        return NotTargeted.CANCELLED
    return NotTargeted.EXPIRED if shard.ended is State.EXPIRED else NotTargeted.NOT_PLANNED


def may_have_changed(named: Named, push_at: datetime) -> bool:
    """Whether the terminal may have been registered or changed since the message was planned, which
    is never before its push time.
    """
    registered = named.registered
    return registered is None or registered.changed_at > push_at - MAX_CLOCK_DIFFERENCE


def _is_later(named: Named, push_at: datetime) -> bool:
    return named.registered is not None and named.registered.changed_at > push_at
