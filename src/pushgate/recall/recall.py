"""Takes messages back from terminals where the vendor can do that; stops those still being sent.

In: an app and a message id. Out: what each vendor did. Knows no HTTP.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pushgate.adapters.contract import Prepared, Push, SupportsRecall
from pushgate.apps.catalog import ConfiguredApp
from pushgate.cancellation import cancel, end_pending
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, PayloadRejected, VendorError
from pushgate.domain.message import Message, Status
from pushgate.domain.outcome import Outcome, State
from pushgate.messages.stored import StoredMessage
from pushgate.recall.parts import RecallPart, parts_of
from pushgate.stores import Stores

TIME_LIMIT = timedelta(seconds=20)
"""How long one recall goes on. The next one continues where it ended."""
_PARALLEL_PARTS = 8


@dataclass(slots=True)
class VendorRecall:
    """What a recall did at one vendor, in numbers of terminals.

    `remaining` counts terminals that were not asked yet or gave no answer. `reason` says what is in
    the way, if anything.
    """

    vendor: str
    can_recall: bool = False
    recalled: int = 0
    failed: int = 0
    remaining: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class RecallResult:
    """What a recall did: the message's status, and each vendor that had taken the message."""

    status: Status
    vendors: Sequence[VendorRecall]

    @property
    def recalled(self) -> int:
        """How many terminals the message was taken back from."""
        return sum(one.recalled for one in self.vendors)

    @property
    def remaining(self) -> int:
        """How many terminals the next recall has to ask."""
        return sum(one.remaining for one in self.vendors)


async def recall(stores: Stores, configured: ConfiguredApp, message_id: str) -> RecallResult:
    """Stop a message with its steps, and take them back from the terminals that have or may have
    them. Idempotent.

    Goes on for at most `TIME_LIMIT`. Raises NotFound, Conflict for a dry run, EngineUnavailable.
    """
    app = configured.app
    stored = await stores.tracked.messages.read(app, message_id)
    if stored.message.options.dry_run:
        raise Conflict("the message is a dry run: nothing is delivered; cancel it, if it is still scheduled")
    status = await _stop(stores, app, stored)
    ids = await stores.tracked.families.ids(message_id)
    if stored.message.escalate:
        ids += await stores.tracked.steps.ids(message_id)
        report = await stores.results.report(app, *ids)
    else:
        _, report = await stores.tracked.results.find(app, message_id)
    accepted_by = {group.vendor for group in report.groups if group.states[State.ACCEPTED]}
    sent = [stored.message]
    if ids != [message_id]:  # each part and each step was sent under its own id
        sent = [(await stores.tracked.messages.read(app, one)).message for one in ids]
    deadline = asyncio.get_running_loop().time() + TIME_LIMIT.total_seconds()
    vendors: list[VendorRecall] = []
    for vendor in sorted({group.vendor for group in report.groups}):
        run, found = _VendorRun(configured, vendor), 0
        for message in sent:
            parts = await parts_of(stores, app, message, vendor)
            await run.run(message, parts, deadline)
            found += len(parts)
        if vendor in accepted_by or found:
            vendors.append(run.result)
    return RecallResult(status, vendors)


async def _stop(stores: Stores, app: App, stored: StoredMessage) -> Status:
    """Stop the message unless it was sent, and its steps; returns its status. Only pushes in flight
    are sent after that.
    """
    if stored.status is Status.SENT and not stored.message.escalate:
        return stored.status
    try:
        return (await cancel(stores, app, stored.message.id)).status
    except Conflict:  # it was sent just now
        tracked = await stores.tracked.messages.find(app, stored.message.id)
        await end_pending(stores, app, tracked)
        return tracked.status


class _VendorRun:
    """The recall of one message, or of all of its parts, at one vendor."""

    def __init__(self, configured: ConfiguredApp, vendor: str) -> None:
        self._configured = configured
        self.result = VendorRecall(vendor)

    async def run(self, message: Message, parts: Sequence[RecallPart], deadline: float) -> None:
        """Take the message, or a part of it, back from these terminals until the deadline, a time
        of the event loop.
        """
        result = self.result
        result.remaining += sum(part.size for part in parts)
        configured_vendor = self._configured.vendors.get(result.vendor)
        adapter: object = configured_vendor.adapter if configured_vendor else None
        if not isinstance(adapter, SupportsRecall):
            result.reason = (
                "the vendor cannot" if adapter else "the app has no settings for the vendor any more"
            )
            return
        try:
            prepared = adapter.recall(_push(message))
            result.can_recall = True
            await self._recall_parts(prepared, parts, deadline)
        except PayloadRejected as error:
            result.reason = str(error)
        except VendorError as error:
            result.reason = f"{error.code}: {error.reason}"

    async def _recall_parts(self, prepared: Prepared, parts: Sequence[RecallPart], deadline: float) -> None:
        for start in range(0, len(parts), _PARALLEL_PARTS):
            if asyncio.get_running_loop().time() >= deadline:
                self.result.reason = "the time of this call is over; call again to go on"
                return
            calls = [self._recall_part(prepared, part) for part in parts[start : start + _PARALLEL_PARTS]]
            # All of them end, and record what was taken back, before the first error is raised.
            for failure in filter(None, await asyncio.gather(*calls, return_exceptions=True)):
                raise failure

    async def _recall_part(self, prepared: Prepared, part: RecallPart) -> None:
        """Take the message back from the terminals of a part and record the result. Raises
        VendorError.
        """
        result, tokens = self.result, await part.tokens()
        result.remaining -= part.size - len(tokens)  # forgotten terminals have no token
        numbers, recalled = list(tokens), list[int]()
        try:
            async for indexes, verdict in prepared.send(list(tokens.values()), lambda: True):
                if verdict.outcome in (Outcome.RETRY, Outcome.UNKNOWN):
                    result.reason = f"{verdict.code}: {verdict.reason}; call again to go on"
                    continue
                result.remaining -= len(indexes)
                if verdict.outcome is Outcome.ACCEPTED:
                    recalled += [numbers[index] for index in indexes]
                else:
                    result.failed += len(indexes)
                    result.reason = f"{verdict.code}: {verdict.reason}"
        finally:
            # Awaited first: parts are recalled in parallel, and all add to the same number.
            recorded = await part.record(recalled) if recalled else 0
            result.recalled += recorded


def _push(message: Message) -> Push:
    """Return the push as it was sent, for the vendor to find it. Nobody reports on it, so it has no
    callback token.
    """
    content = message.content[message.default_language]
    return Push(
        message_id=message.id,
        content=content,
        options=message.options,
        expires_at=message.expires_at,
        callback="",
    )
