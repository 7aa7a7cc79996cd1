"""Push times of messages that go out in parts, JSON <-> domain. Pure."""

from datetime import UTC, datetime, timedelta

from pushgate.api.schemas.push_times import BestHourPushTime, FamilyPushTime, LocalPushTime
from pushgate.api.times import format_instant
from pushgate.domain.audience import Audience, ByToken
from pushgate.domain.best_hour import BestHour
from pushgate.domain.errors import FieldError
from pushgate.domain.family import Family
from pushgate.domain.local_time import LocalTime, Passed
from pushgate.domain.message import MAX_AHEAD, Envelope, InQuietHours, Message, Options
from pushgate.domain.message import MAX_TTL as MAX_ANY_TTL
from pushgate.domain.zones import known_zones

MAX_TTL = MAX_ANY_TTL - timedelta(days=3)
"""The longest time to live of a family. The parts of a family are kept as long as its last part,
and a terminal's freed slot is reused after the longest time to live of any message.
"""
_WIDEST_OFFSETS = timedelta(days=2)
"""More than any zone is behind UTC."""
_PAST = "is past in every time zone; choose a later time"
_PASSED = {
    Passed.SEND: "terminals there are pushed to at once, where the time to live is not over",
    Passed.SKIP: "terminals there are left out",
    Passed.TOMORROW: "terminals there are pushed to at this time of the next day",
}


def to_family(
    written: FamilyPushTime,
    default_zone: str,
    now: datetime,
    errors: list[FieldError],
    warnings: list[FieldError],
) -> Family | None:
    """Return when the parts of a message are due; None, with an error, for a time that is past in
    every zone or too far ahead.
    """
    if isinstance(written, BestHourPushTime):
        best_hour = to_best_hour(written, default_zone, now)
        return Family(None, best_hour.instants()[-1], best_hour)
    return _to_local(written, default_zone, now, errors, warnings)


def to_best_hour(written: BestHourPushTime, default_zone: str, now: datetime) -> BestHour:
    """Return the hours of a message to the best hour. That of the app is not known yet."""
    hours = written.best_hour_within // timedelta(hours=1)
    return BestHour(since=now, hours=hours, default_zone=default_zone, fallback=written.fallback)


def _to_local(
    written: LocalPushTime,
    default_zone: str,
    now: datetime,
    errors: list[FieldError],
    warnings: list[FieldError],
) -> Family | None:
    if written.local.replace(tzinfo=UTC) - now > MAX_AHEAD:
        errors.append(FieldError("push_time.local", f"is more than {MAX_AHEAD.days} days ahead"))
        return None
    if now - written.local.replace(tzinfo=UTC) > _WIDEST_OFFSETS:  # nor is it in reach of all zones
        errors.append(FieldError("push_time.local", _PAST))
        return None
    local_time = LocalTime(local=written.local, default_zone=default_zone, since=now, passed=written.passed)
    zones = known_zones()
    passed = local_time.passed_zones(zones)
    if len(passed) == len(zones):
        errors.append(FieldError("push_time.local", _PAST))
        return None
    if passed:
        text = f"is past in {len(passed)} of {len(zones)} time zones: {_PASSED[written.passed]}"
        warnings.append(FieldError("push_time.local", text))
    return Family(local_time, local_time.instants()[-1])


def check_family_ttl(lifetime: timedelta) -> list[FieldError]:
    """Return an error for a time to live that a message that goes out in parts cannot have."""
    if lifetime <= MAX_TTL:
        return []
    return [FieldError("options.ttl", f"is at most {MAX_TTL.days} days where the message goes out in parts")]


def check_family_audience(audience: Audience) -> list[FieldError]:
    """Return an error for an audience that a message that goes out in parts cannot have."""
    if isinstance(audience, ByToken):
        return [FieldError("audience.tokens", "have no time zones; register them, or give an instant")]
    return []


def check_family_options(options: Options) -> list[FieldError]:
    """Return an error for options that a message that goes out in parts cannot have."""
    if options.quiet_hours is not InQuietHours.HOLD:
        return []
    text = "hold does not go with a message in parts: choose a time outside quiet hours, or write leave_out"
    return [FieldError("options.quiet_hours", text)]


def from_family(message: Message | Envelope) -> dict[str, object]:
    """Return when the parts of a message are due as JSON; nothing for a message to an instant."""
    family = message.family
    if family is None:
        return {}
    ends = {"first_at": format_instant(message.push_at), "last_at": format_instant(family.last_at)}
    if best_hour := family.best_hour:
        shown = {
            "within": f"{best_hour.hours}h",
            "fallback": f"{best_hour.fallback:%H:%M}" if best_hour.fallback else None,
            "timezone": best_hour.default_zone,
            "app_hour": best_hour.app_hour,
        }
        return {"best_hour_push_time": {**shown, **ends}}
    local_time = family.local_time
    assert local_time is not None
    return {
        "local_push_time": {
            "local": local_time.local.isoformat(),
            "passed": local_time.passed.value,
            "timezone": local_time.default_zone,
            **ends,
        }
    }
