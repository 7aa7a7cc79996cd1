"""Explains the result of one slot of a small message. Pure."""

from pushgate.bundles.account_values import MessageSlot, SmallAccount
from pushgate.bundles.values import RESERVED
from pushgate.domain.audience import ByToken
from pushgate.domain.clock import from_ms
from pushgate.domain.outcome import FailureCode, State
from pushgate.ledger.values import Failure, parse_label
from pushgate.tracking.explained import ExplainedPush, Precision
from pushgate.tracking.not_targeted import Named

_MAX_ATTEMPTS = 255
"""A slot counts no more attempts."""
_OWN_CODES = frozenset(FailureCode)
_AFTER_AN_ANSWER = frozenset({FailureCode.UNREADABLE_CODE})
"""Pushgate's own codes for answers of a vendor."""
_PERHAPS_ATTEMPTED = frozenset({FailureCode.UNANSWERED, FailureCode.OTHER})
"""With these codes it is unknown whether there was an uncounted attempt."""


def explain_slot(slot: MessageSlot, *, dry_run: bool | None) -> ExplainedPush:
    """What became of the push. `dry_run` is None where it is not known."""
    failure = parse_label(slot.label)[1] if slot.label else None
    is_pending = slot.state is State.PENDING
    return ExplainedPush(
        group=slot.group,
        state=slot.state,
        in_doubt=slot.in_doubt,
        failure=failure,
        receipts=frozenset(slot.receipt_times),
        since=None if is_pending else from_ms(slot.since_s * 1000),
        precision=None if is_pending else Precision.SECOND,
        attempts=None if dry_run is not False else known_attempts(slot, failure),
        receipt_times={kind: from_ms(second * 1000) for kind, second in slot.receipt_times.items()},
        due_at=from_ms(slot.since_s * 1000) if is_pending else None,
        expires_at=from_ms(slot.expires_s * 1000) if is_pending else None,
    )


def known_attempts(slot: MessageSlot, failure: Failure | None) -> int | None:
    """How often the push was sent, counted from the last time that failures were sent again; None
    if unknown.

    A slot counts attempts that settled nothing, and the one that did only where there were several.
    """
    counted, code = slot.attempts, failure.code if failure else ""
    if counted == _MAX_ATTEMPTS:
        return None
    match slot.state:
        case State.PENDING | State.EXPIRED:
            return counted
        case State.ACCEPTED | State.INVALID:
            return max(1, counted)
        case State.CANCELLED:
            return None if code == FailureCode.FORGOTTEN else counted
    if slot.flags & 7 == RESERVED:
        return None  # it is being sent at this moment
    if code not in _OWN_CODES or code in _AFTER_AN_ANSWER:
        return max(1, counted)
    return 0 if not counted and code not in _PERHAPS_ATTEMPTED else None


def slot_of(account: SmallAccount, named: Named) -> MessageSlot | None:
    """The slot of the terminal in the message: by its push token where the message brought tokens,
    else by the slots that the terminal has and had.
    """
    audience = account.message.audience if account.message else None
    if isinstance(audience, ByToken):
        numbers = {(item.vendor, item.token): number for number, item in enumerate(audience.tokens)}
        number = numbers.get(named.token) if named.token else None
        return next((one for one in account.slots if one.is_inline and one.terminal_slot == number), None)
    slots = {(one.terminal_shard, one.terminal_slot): one for one in account.slots if not one.is_inline}
    known = named.registered.slots if named.registered else ()
    return next((slots[ref.shard, ref.slot] for ref in known if (ref.shard, ref.slot) in slots), None)
