"""Canaries, JSON <-> domain. Pure."""

from collections.abc import Iterator
from dataclasses import asdict
from datetime import timedelta

from pushgate.api.schemas.canaries import CanaryBody, CanaryLimitsBody
from pushgate.api.times import format_known
from pushgate.bundles.bodies import is_small
from pushgate.domain.audience import Audience, ByTerminal, ByToken
from pushgate.domain.canary import MIN_ANSWERS, Canary, CanaryState, Limits
from pushgate.domain.durations import format_duration
from pushgate.domain.errors import FieldError
from pushgate.domain.message import InQuietHours, Message, Options

_SECOND = timedelta(seconds=1)
SENT_TOGETHER = (
    "has no effect for at most 64 terminals, users or tokens: they are sent together; leave it out"
)


def to_canary(written: CanaryBody | None) -> Canary | None:
    """Return the canary that is written."""
    if written is None:
        return None
    return Canary(
        share=written.share,
        wait=written.wait,
        hold_if=_to_limits(written.hold_if),
        slower_if=_to_limits(written.slower_if),
    )


def check_canary_options(options: Options) -> Iterator[FieldError]:
    """Yield an error for each fault of the canary, and for each option that cannot be combined with
    it.
    """
    canary = options.canary
    if canary is None:
        return
    if canary.wait < _SECOND:
        yield FieldError("options.canary.wait", "must be at least 1s")
    if options.dry_run:
        yield FieldError("options.canary", "has no effect in a dry run, which tells nothing of terminals")
    if canary.slower_if.is_set and options.spread is None:
        text = "has no effect without options.spread, whose time it doubles; set both or none"
        yield FieldError("options.canary.slower_if", text)
    for name, limits in (("hold_if", canary.hold_if), ("slower_if", canary.slower_if)):
        if options.silent and limits.clicks_below is not None:
            text = "has no effect in a silent push, which nobody can click; leave it out"
            yield FieldError(f"options.canary.{name}.clicks_below", text)
    spread = (options.spread or timedelta(0)) * canary.most_spread
    if canary.wait + spread >= options.ttl:
        what = "wait and options.spread" if spread else "wait"
        twice = ", which slower_if may double," if canary.slower_if.is_set and spread else ""
        text = f"{what}{twice} must be shorter than the time to live, options.ttl: the rest would expire"
        yield FieldError("options.canary.wait", text)
    if options.quiet_hours is InQuietHours.HOLD:
        text = "hold does not go with options.canary, which would be judged too early: write leave_out"
        yield FieldError("options.quiet_hours", text)


def check_canary(message: Message, audience: Audience) -> Iterator[FieldError]:
    """Yield an error where the message cannot have a canary, because it goes out in parts or
    because of its audience.
    """
    canary = message.options.canary
    if canary is None:
        return
    if message.family:
        text = "cannot begin a message in parts; give an instant as push_time, or leave it out"
        yield FieldError("options.canary", text)
    if is_small(audience):
        yield FieldError("options.canary", SENT_TOGETHER)
    else:
        yield from _check_size(canary, audience)


def _check_size(canary: Canary, audience: Audience) -> Iterator[FieldError]:
    """Yield an error where the canary has too few terminals for its limits."""
    match audience:
        case ByTerminal(items) | ByToken(items):
            count = len(items)
        case _:
            return
    has_limits = canary.hold_if.is_set or canary.slower_if.is_set
    if has_limits and count * canary.share / 100 < MIN_ANSWERS:
        text = f"of {count} terminals is too small: limits need {MIN_ANSWERS} answers of a vendor at least"
        yield FieldError("options.canary.share", text)


def from_canary(canary: Canary | None) -> dict[str, object] | None:
    """Return a canary as JSON."""
    if canary is None:
        return None
    return {
        "share": canary.share,
        "wait": format_duration(canary.wait),
        "hold_if": _from_limits(canary.hold_if),
        "slower_if": _from_limits(canary.slower_if),
    }


def from_canary_state(state: CanaryState) -> dict[str, object]:
    """Return the state of a canary as JSON."""
    found = state.finding
    finding = {**asdict(found), "vendor": found.vendor or None, "reason": found.reason} if found else None
    return {
        "phase": state.phase.value,
        "until": format_known(state.until),
        "finding": finding,
        "few_answers": [{"vendor": one.vendor or None, "answers": one.answers} for one in state.few_answers],
    }


def _to_limits(written: CanaryLimitsBody) -> Limits:
    return Limits(**written.model_dump())


def _from_limits(limits: Limits) -> dict[str, float]:
    return {name: limit for name, limit in asdict(limits).items() if limit is not None}
