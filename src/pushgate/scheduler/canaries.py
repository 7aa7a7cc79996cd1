"""Judges canaries in the background: looks at their results again and again until it is decided
whether the rest of the message is sent, sent more slowly, or held.

Any number of schedulers may do so: a canary is decided once.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from pushgate.domain.canary import CanaryState, FewAnswers, Finding, Measure, Phase
from pushgate.domain.event_type import EventType
from pushgate.domain.message import Envelope, Status
from pushgate.domain.outcome import FailureCode, State
from pushgate.eventlog.codec import encode_app_event
from pushgate.eventlog.entries import AppEvent
from pushgate.experiments.canary_guard import Answers, few_answers, judge
from pushgate.ledger.report import Report
from pushgate.messages.stored import StoredEnvelope
from pushgate.runtime import logs
from pushgate.scheduler.canary_jobs import canary_until
from pushgate.scheduler.context import SchedulerContext
from pushgate.scheduler.fault_isolation import isolate_fault

LOOK_EVERY = timedelta(seconds=1)
_AT_ONCE = 100
_log = logs.get("scheduler")


class CanaryRounds:
    """Looks at the canaries of all messages. Raises EngineUnavailable."""

    def __init__(self, context: SchedulerContext) -> None:
        self._context = context
        self._stores = context.stores

    async def run_once(self) -> None:
        """Look at every canary that is due for a look."""
        while True:
            now = self._context.clock.now()
            found = await self._stores.canaries.due(now, now + LOOK_EVERY, _AT_ONCE)
            for stored in found:
                message_id = stored.envelope.id
                with isolate_fault("look at a canary", action="canary_failed", message_id=message_id):
                    await self._look(stored)
            if len(found) < _AT_ONCE:
                return

    async def _look(self, stored: StoredEnvelope) -> None:
        message, now = stored.envelope, self._context.clock.now()
        # Failures that are sent again have no canary.
        if message.canary is None or message.resend or stored.status in (Status.SENT, Status.CANCELLED):
            await self._stores.canaries.forget(message.id)
            return
        if stored.status is not Status.SENDING:
            return
        state = await self._stores.canaries.find(message.id)
        if state is None or state.until is None:
            return
        if self._stores.pauses.find(message.app):
            # Nothing is sent or answered while the app is paused.
            await self._stores.canaries.begin(message.id, canary_until(message, now))
            return
        is_over = now >= state.until
        if not is_over and not any(message.canary.hold_if.upper()):
            return  # until its time is over, nothing can hold it
        app = (await self._context.catalog.ensure(message.app)).app
        report = await self._stores.results.report(app, message.id)
        answers = answers_of(report)
        phase, finding = judge(message.canary, answers, is_over=is_over)
        if phase is not Phase.RUNNING:
            await self._decide(message, state, phase, finding, few_answers(message.canary, answers))

    async def _decide(
        self,
        message: Envelope,
        state: CanaryState,
        phase: Phase,
        finding: Finding | None,
        few: Sequence[FewAnswers],
    ) -> None:
        assert state.until is not None
        event = _event(message, finding) if phase is Phase.HELD and finding else b""
        decide = self._stores.canaries.decide
        status, pause, is_new = await decide(message, state.until, phase, finding, event, few)
        if status is Status.PAUSED:
            # If this process dies first, recovery notes the pause in the shards.
            app = (await self._context.catalog.ensure(message.app)).app
            keep_until = self._stores.retention.keep_until(message)
            await self._stores.paused_shards.pause(app, message.id, pause, keep_until)
        reason = finding.reason if finding else ""
        if not is_new:
            return  # another scheduler decided it, or the message is put aside, and looked at again and again
        if phase is Phase.HELD:
            _log.warning(
                "message held by its canary",
                action="canary_held",
                app=message.app,
                message=message.id,
                reason=reason,
            )
        else:
            _log.info(
                "canary decided",
                action="canary_decided",
                app=message.app,
                message=message.id,
                phase=phase.value,
                reason=reason,
                few_answers=", ".join(one.vendor or "all" for one in few),
            )


def _event(message: Envelope, finding: Finding) -> bytes:
    """The event `message.held`, as an entry's part."""
    vendor = {"vendor": finding.vendor} if finding.vendor else {}
    fields = {"message": message.id, **vendor, "code": finding.measure.value, "reason": finding.reason}
    return encode_app_event(AppEvent(EventType.MESSAGE_HELD, fields))


def answers_of(report: Report) -> list[Answers]:
    """The results of a message's terminals, by vendor. Pushes that are under way, or were never
    answered, do not count.
    """
    unanswered = Counter[str]()
    for failure in report.failures:
        if (failure.state, failure.code) == (State.REJECTED, FailureCode.UNANSWERED):
            unanswered[failure.vendor] += failure.count
    by_vendor: dict[str, Counter[str]] = {}
    for group in report.groups:
        sums = by_vendor.setdefault(group.vendor, Counter())
        sums.update({state: group.states[state] for state in ("accepted", "invalid", "rejected")})
        sums.update({"gone": group.gone, "muted": group.muted, "clicks": group.clicked})
    found: list[Answers] = []
    for vendor, sums in by_vendor.items():
        sums["rejected"] = max(0, sums["rejected"] - unanswered[vendor])
        answered = sums["accepted"] + sums["invalid"] + sums["rejected"]
        counts = {measure: sums[measure] for measure in Measure}
        found.append(Answers(vendor, answered, sums["accepted"], counts))
    return found
