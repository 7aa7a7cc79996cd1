"""Push times as people write them. Pure."""

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import cast
from zoneinfo import ZoneInfo

from pushgate.cli.client.command_errors import usage
from pushgate_client import types

_DELAY = re.compile(r"\+(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
_EARLIEST = timezone(timedelta(hours=14))
"""The zone in which each day begins first, that of Kiritimati."""
_BEST_HOUR = re.compile(r"best hour(?: within (\d{1,2}h))?")
LOCAL = "local"
"""In place of a zone: each terminal's own."""
_FORMS = (
    "2026-11-30T20:00+08:00, `2026-11-30 20:00 Asia/Shanghai`, `20:00 Asia/Shanghai`, "
    "`2026-11-30 20:00 local`, `best hour` or +90m"
)


def to_push_time(
    text: str, now: datetime, passed: str | None = None, otherwise: str | None = None
) -> str | types.LocalPushTime | types.BestHourPushTime:
    """Return a push time as the API takes it; one that ends in `local` is the time in each
    terminal's own zone, on the first day on which it is to come in every zone where there is no
    day. `best hour` is that of each terminal.

    `passed` is for zones in which a local time is past, `otherwise` the local time for terminals
    without a best hour. Raises CommandError.
    """
    best_hour = _BEST_HOUR.fullmatch(text.strip())
    moment, _, zone = text.strip().rpartition(" ")
    if passed is not None and zone != LOCAL:
        raise usage("--passed is for a local time alone", "leave it out, or give --at '20:00 local'")
    if otherwise is not None and not best_hour:
        raise usage("--otherwise is for the best hour alone", "leave it out, or give --at 'best hour'")
    if best_hour:
        within: types.BestHourPushTime = {"best_hour_within": best_hour[1] or "24h"}
        return {**within, "fallback": otherwise.zfill(5)} if otherwise is not None else within
    if zone != LOCAL:
        return parse_push_time(text, now).isoformat()
    local = _to_local(text, moment, now)
    return {**local, "passed": cast("types.Passed", passed)} if passed is not None else local


def _to_local(text: str, moment: str, now: datetime) -> types.LocalPushTime:
    written = moment.strip()
    if _CLOCK.fullmatch(written):
        clock, earliest = written.zfill(5), now.astimezone(_EARLIEST)
        is_past = clock <= f"{earliest:%H:%M}"
        written = f"{(earliest + timedelta(days=is_past)).date()}T{clock}"
    try:
        found = datetime.fromisoformat(written)
    except ValueError as error:
        raise usage(f"--at takes {_FORMS}, not {text}") from error
    if found.tzinfo is not None:
        raise usage(f"--at has an offset and is local: {text}", "leave out one of them")
    return {"local": found.isoformat(timespec="seconds")}


def parse_push_time(text: str, now: datetime) -> datetime:
    """Return the instant. A time of day without a date is the next such time in its zone.

    Raises CommandError, for a time without a zone too.
    """
    delay = _DELAY.fullmatch(text.strip())
    if delay:
        return now + timedelta(**{_UNITS[delay[2]]: int(delay[1])})
    moment, zone = _split_zone(text.strip())
    if _CLOCK.fullmatch(moment):
        return _next_time(moment.zfill(5), zone, now, text)
    try:
        found = datetime.fromisoformat(moment)
    except ValueError as error:
        raise usage(f"--at takes {_FORMS}, not {text}") from error
    if zone is not None and found.tzinfo is not None:
        raise usage(f"--at has an offset and a zone: {text}", "leave out one of them")
    if zone is None and found.tzinfo is None:
        raise usage(f"--at has no zone: {text}", f"write {_FORMS}")
    return found if zone is None else _local(found, zone)


def _split_zone(text: str) -> tuple[str, ZoneInfo | None]:
    """The time, and the zone that is written after it."""
    moment, _, name = text.rpartition(" ")
    if not moment or name[0].isdigit():
        return text, None
    try:
        return moment.strip(), ZoneInfo(name)
    except (ValueError, OSError, KeyError) as error:  # ZoneInfoNotFoundError is a KeyError
        raise usage(f"--at names an unknown zone: {name}", "zones are named as in Asia/Shanghai") from error


def _next_time(clock: str, zone: ZoneInfo | None, now: datetime, text: str) -> datetime:
    if zone is None:
        raise usage(f"--at has no zone: {text}", f"write {_FORMS}")
    here = now.astimezone(zone)
    for days in (0, 1):
        try:
            found = datetime.fromisoformat(f"{(here + timedelta(days=days)).date()}T{clock}")
        except ValueError as error:
            raise usage(f"--at takes {_FORMS}, not {text}") from error
        at = _local(found, zone)
        if at > now:
            return at
    return at


def _local(found: datetime, zone: ZoneInfo) -> datetime:
    at = found.replace(tzinfo=zone)
    if at.astimezone(UTC).astimezone(zone).replace(tzinfo=None) != found:
        raise usage(f"{found:%Y-%m-%d %H:%M} does not exist in {zone.key}: the clocks are put forward then")
    return at
