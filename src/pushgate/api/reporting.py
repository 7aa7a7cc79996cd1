"""Receipts and clicks, from wherever they come, find the terminals they are about."""

from collections.abc import Sequence

from pushgate.adapters.registry import vendors
from pushgate.api.context import ApiContext
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.audience import AudienceKind
from pushgate.domain.errors import NotFound
from pushgate.domain.message import Envelope
from pushgate.domain.outcome import ReceiptKind, SlotRef
from pushgate.ledger.totals import Unknown
from pushgate.redis.keys import shard_of


async def reported(context: ApiContext, configured: ConfiguredApp, message_id: str) -> Envelope | None:
    """The app's message, None where there is none, or it is past its retention: there is nothing to count on."""
    try:
        return (await context.stores.messages.read_envelope(configured.app.name, message_id)).envelope
    except NotFound:
        return None


async def record(
    context: ApiContext,
    configured: ConfiguredApp,
    receipt: ReceiptKind,
    message: Envelope,
    terminals: Sequence[str],
    vendor: str | None = None,
) -> list[int]:
    """Record what is reported of a message on these terminals, each named by its id or its push token.

    What is not of the message, or of another vendor where one is given, is counted by itself: returns for each terminal 1
    where it is new, 0 where it was known, -1 where it is not of the message.
    """
    if message.audience.kind is AudienceKind.TOKENS:
        slot_refs = await _inline(context, configured, message.id, terminals)
    else:
        slot_refs = await _registered(context, configured, terminals)
    if vendor:
        slot_refs = [
            [slot_ref for slot_ref in found if slot_ref.group.vendor == vendor] for found in slot_refs
        ]
    keep_until = context.stores.retention.keep_until(message)
    verdicts = await context.stores.results.record_receipts(
        receipt, configured.app, message.id, slot_refs, keep_until
    )
    if unknown := verdicts.count(-1):
        await context.stores.results.note_unknown(receipt, configured.app, message.id, unknown, keep_until)
        await context.stores.totals.note_unknown(
            configured.app.name, vendor, receipt, Unknown.TERMINAL, unknown
        )
    return verdicts


def _spellings(written: str) -> dict[str, frozenset[str]]:
    """Push tokens that a client, or a vendor, may mean by this, each with the vendors whose it is in that form.

    As it is written it may be any vendor's.
    """
    found = {written: frozenset(vendors())}
    for name, vendor in vendors().items():
        if (token := vendor.normalize_token(written)) != written:
            found[token] = found.get(token, frozenset()) | {name}
    return found


async def _registered(
    context: ApiContext, configured: ConfiguredApp, terminals: Sequence[str]
) -> list[list[SlotRef]]:
    """Where these terminals are, named by id or else by push token."""
    slot_refs: list[list[SlotRef]] = [
        list(found) for found in await context.stores.registry.locate(configured.app, terminals)
    ]
    meant = [
        (index, token, names)
        for index, found in enumerate(slot_refs)
        if not found
        for token, names in _spellings(terminals[index]).items()
    ]
    by_token = await context.stores.registry.locate_tokens(configured.app, [token for _, token, _ in meant])
    for (index, _, names), places in zip(meant, by_token, strict=True):
        slot_refs[index] += [place for place in places if place.group.vendor in names]
    return slot_refs


async def _inline(
    context: ApiContext, configured: ConfiguredApp, message_id: str, terminals: Sequence[str]
) -> list[list[SlotRef]]:
    """Where a message that named push tokens keeps these terminals, whether they report by token or by id."""
    meant: list[tuple[int, str, frozenset[str]]] = []
    for index, terminal in enumerate(terminals):
        try:
            named = (await context.stores.registry.read(configured.app, terminal)).token
        except NotFound:
            named = terminal
        meant += [(index, token, names) for token, names in _spellings(named).items()]
    home = shard_of(configured.app, message_id)
    places = await context.stores.tokens.locate_inline(
        configured.app, home, message_id, [token for _, token, _ in meant]
    )
    slot_refs: list[list[SlotRef]] = [[] for _ in terminals]
    for (index, _, names), place in zip(meant, places, strict=True):
        if place and place[0].vendor in names:
            slot_refs[index].append(SlotRef(home, *place))
    return slot_refs
