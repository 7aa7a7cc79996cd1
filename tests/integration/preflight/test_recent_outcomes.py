"""A plan counts the terminals of its audience that were muted or called dead lately."""

from tests.support.pipeline import APP, Pipeline

from pushgate.domain.audience import ByTerminal, Everyone
from pushgate.domain.outcome import ReceiptKind
from pushgate.preflight.recent_outcomes import MAX_MESSAGES, read_recent_outcomes
from pushgate.preflight.slots import slots_of
from pushgate.receipts.record import ReceiptRecorder, TerminalReport


async def recent(pipeline: Pipeline, *terminals: str) -> tuple[int, int, int]:
    """Messages read, terminals muted, terminals dead: of these terminals, by default of all."""
    audience = ByTerminal(terminals) if terminals else Everyone()
    slots = await slots_of(pipeline.stores, APP, audience, "")
    found = await read_recent_outcomes(pipeline.stores, APP, slots, pipeline.clock.now())
    return found.messages, found.muted, found.dead


async def report(pipeline: Pipeline, kind: ReceiptKind, message_id: str, *terminals: str) -> None:
    recorder = ReceiptRecorder(pipeline.stores)
    await recorder.record(kind, APP, [TerminalReport(message_id, one) for one in terminals])


async def test_each_terminal_counts_once_whatever_the_number_of_messages(pipeline: Pipeline) -> None:
    assert await recent(pipeline) == (0, 0, 0)
    await pipeline.register(20)
    for muted in (["apns-0"], ["apns-0", "apns-1"]):
        message = await pipeline.dispatch()
        await pipeline.run_jobs()
        await report(pipeline, ReceiptKind.MUTED, message.id, *muted)
    assert await recent(pipeline) == (2, 2, 0)
    assert await recent(pipeline, "apns-1", "apns-2") == (2, 1, 0)


async def test_dead_tokens_that_stay_registered_are_dead_again(pipeline: Pipeline) -> None:
    await pipeline.register(30, dead=28)  # so many that the vendor is not believed
    first = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert (await pipeline.states(first))["invalid"] == 28
    planned = await recent(pipeline)
    assert planned == (1, 0, 28)
    pipeline.clock.advance(1)
    again = await pipeline.dispatch()
    await pipeline.run_jobs()
    assert (await pipeline.states(again))["invalid"] == planned[2]


async def test_only_the_latest_messages_that_were_due_are_read(pipeline: Pipeline) -> None:
    await pipeline.register(3)
    for number in range(MAX_MESSAGES + 1):
        message = await pipeline.dispatch()
        await pipeline.run_jobs()
        if number == 0:
            await report(pipeline, ReceiptKind.MUTED, message.id, "apns-0")
        if number == MAX_MESSAGES - 1:
            assert await recent(pipeline) == (MAX_MESSAGES, 1, 0)
        pipeline.clock.advance(1)
    assert await recent(pipeline) == (MAX_MESSAGES, 0, 0)
