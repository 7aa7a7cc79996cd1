"""Steps of messages that do not reach everybody, JSON <-> domain. Pure."""

from collections.abc import Iterator, Sequence
from datetime import timedelta

from pushgate.api.schemas.escalation import StepBody
from pushgate.api.times import format_instant
from pushgate.apps.catalog import ConfiguredApp
from pushgate.domain.audience import Audience, ByToken
from pushgate.domain.durations import format_duration
from pushgate.domain.errors import FieldError
from pushgate.domain.escalation import MIN_AFTER, Step, Unless
from pushgate.domain.message import Envelope, Message
from pushgate.tracking.steps import TrackedStep

_TOKENS = "push tokens have no user, whose other terminals a step goes to: name terminals or users"
_LOCAL = "cannot go with a local push time or the best hour: give an instant, or leave escalate out"
_VARIANTS = "cannot go with variants: leave one of the two out"
_CANARY = "cannot go with a canary, whose rest waits: leave one of the two out"
_DRY_RUN = "has no effect in a dry run, of which nothing is delivered: leave one of the two out"
_SILENT = "has no effect for a silent push, which nobody clicks: escalate unless delivered"


def to_steps(written: Sequence[StepBody] | None) -> tuple[Step, ...]:
    """Return the steps that are written."""
    return tuple(Step(after=step.after, unless=step.unless, to=step.to) for step in written or ())


def check_steps(message: Message, audience: Audience | None, configured: ConfiguredApp) -> list[FieldError]:
    """Return the errors of a message's steps. `audience` is None where a change names none."""
    if not message.escalate:
        return []
    errors: list[FieldError] = []
    if isinstance(audience, ByToken):
        errors.append(FieldError("escalate", _TOKENS))
    if message.family:
        errors.append(FieldError("escalate", _LOCAL))
    if message.split:
        errors.append(FieldError("escalate", _VARIANTS))
    if message.options.canary:
        errors.append(FieldError("escalate", _CANARY))
    if message.options.dry_run:
        errors.append(FieldError("escalate", _DRY_RUN))
    return [*errors, *_check_each(message, configured)]


def _check_each(message: Message, configured: ConfiguredApp) -> Iterator[FieldError]:
    before: timedelta | None = None
    spread = message.options.spread or timedelta(0)
    for number, step in enumerate(message.escalate):
        field = f"escalate.{number}"
        if step.after < MIN_AFTER:
            yield FieldError(f"{field}.after", f"must be at least {format_duration(MIN_AFTER)}")
        if before is not None and step.after <= before:
            yield FieldError(f"{field}.after", "must be later than that of the step before")
        if spread + step.after >= message.lifetime:
            text = "comes after the message's time to live: give it an earlier time, or a longer options.ttl"
            yield FieldError(f"{field}.after", text)
        if step.vendor and step.vendor not in configured.vendors:
            known = ", ".join(configured.vendors) or "none"
            yield FieldError(f"{field}.to", f"names a vendor the app is not set up for; it has: {known}")
        if step.unless is Unless.CLICKED and message.options.silent:
            yield FieldError(f"{field}.unless", _SILENT)
        before = step.after


def from_steps(message: Message | Envelope) -> dict[str, object]:
    """Return the steps of a message as JSON, and, if the message is a step, which step of which
    message. Empty if neither applies.
    """
    found: dict[str, object] = {}
    if message.escalate:
        found["escalate"] = [_from_step(step) for step in message.escalate]
    if step := message.escalates:
        found["escalates"] = {
            "message": step.message_id,
            "step": step.number,
            "unless": step.unless.value,
            "to": step.to,
        }
    return found


def _from_step(step: Step) -> dict[str, object]:
    return {"after": format_duration(step.after), "unless": step.unless.value, "to": step.to}


def from_tracked_steps(steps: Sequence[TrackedStep]) -> list[dict[str, object]]:
    """Return the results of a message's steps as JSON."""
    return [
        {
            "step": one.number,
            **_from_step(one.step),
            "due_at": format_instant(one.due_at),
            "state": one.state.value,
            "message": one.message_id,
            "status": one.status.value if one.status else None,
            "targeted": one.report.targeted if one.report else one.told,
            "accepted": one.report.states["accepted"] if one.report else 0,
            "delivered": one.report.delivered if one.report else 0,
            "clicked": one.report.clicked if one.report else 0,
        }
        for one in steps
    ]
