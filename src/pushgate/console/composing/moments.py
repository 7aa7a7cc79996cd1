"""Day, time and zone <-> the instant of a message, and the same instant elsewhere. Pure."""

import re
from collections.abc import Iterable, Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pushgate.console.composing.message_form import MomentForm

COMMON_ZONES = (
    "Asia/Shanghai", "Asia/Hong_Kong", "Asia/Taipei", "Asia/Singapore", "Asia/Tokyo", "Asia/Seoul",
    "Asia/Kolkata", "Asia/Dubai", "Australia/Sydney", "Europe/Moscow", "Europe/Berlin", "Europe/Paris",
    "Europe/London", "UTC", "America/Sao_Paulo", "America/New_York", "America/Chicago",
    "America/Los_Angeles",
)  # fmt: skip
LOCAL = "local"
"""In place of a zone: each phone's own."""
_OFFSET = re.compile(r"([+-])([01][0-9]|2[0-3]):([0-5][0-9])")


def find_zone(name: str) -> tzinfo | None:
    """Return the zone of an IANA name or of an offset such as `+05:45`; None for another text."""
    if found := _OFFSET.fullmatch(name):
        sign = -1 if found[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(found[2]), minutes=int(found[3])))
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def instant_of(form: MomentForm) -> datetime | None:
    """Return the moment in its zone; None for now, for each phone's own zone or best hour, and
    where day, time or zone are none.
    """
    zone = find_zone(form.zone)
    if form.is_now or form.within or zone is None:
        return None
    try:
        instant = datetime.fromisoformat(f"{form.day}T{form.clock}").replace(tzinfo=zone)
    except ValueError:
        return None
    return instant if _exists_everywhere(instant) else None


def write_moment(form: MomentForm) -> str | dict[str, str] | None:
    """Return `push_time`; None for now. What is no moment stays as it is, for the API to refuse."""
    if form.is_now:
        return None
    if form.within:
        return {"best_hour_within": f"{form.within}h"} | (
            {"fallback": form.fallback} if form.fallback else {}
        )
    if form.zone == LOCAL:
        passed = {"passed": form.passed} if form.passed else {}
        return {"local": f"{form.day}T{form.clock}", **passed}
    instant = instant_of(form)
    return f"{form.day}T{form.clock}" if instant is None else instant.isoformat()


def read_moment(push_time: object, zone: str) -> MomentForm | None:
    """Return the form of a `push_time`, in the reader's zone where that has the same offset then;
    None where there is none.
    """
    if isinstance(push_time, Mapping):
        return _read_parts(push_time, zone)
    if not isinstance(push_time, str) or not push_time:
        return None
    try:
        instant = datetime.fromisoformat(push_time)
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None or not _exists_everywhere(instant):
        day, _, clock = push_time.partition("T")
        return MomentForm(is_now=False, day=day, clock=clock, zone=zone)
    # Fields of a page take no more than milliseconds.
    clock = instant.time().isoformat("milliseconds").removesuffix(".000").removesuffix(":00")
    return MomentForm(is_now=False, day=instant.date().isoformat(), clock=clock, zone=_zone_of(instant, zone))


def _read_parts(push_time: Mapping[str, object], zone: str) -> MomentForm | None:
    """Return the form of a push time of each phone's own."""
    texts = {name: value for name, value in push_time.items() if isinstance(value, str)}
    if within := texts.get("best_hour_within"):
        hours, fallback = within.removesuffix("h"), texts.get("fallback", "")
        return MomentForm(is_now=False, zone=zone, within=hours, fallback=fallback)
    if local := texts.get("local"):
        day, _, clock = local.partition("T")
        passed = texts.get("passed", "")
        return MomentForm(is_now=False, day=day, clock=clock[:5], zone=LOCAL, passed=passed)
    return None


def normalize(instant: datetime) -> datetime:
    """Return the instant as clocks show it: an hour that spring leaves out is the hour after."""
    return instant.astimezone(UTC).astimezone(instant.tzinfo)


def zones_elsewhere(instant: datetime, zones: Iterable[str]) -> list[tuple[str, datetime]]:
    """Return the instant in those zones whose clocks show another time, each time once."""
    shown = {normalize(instant).replace(tzinfo=None)}
    found: list[tuple[str, datetime]] = []
    for name in zones:
        zone = find_zone(name)
        if zone is None:
            continue
        local = instant.astimezone(zone)
        if (naive := local.replace(tzinfo=None)) not in shown:
            shown.add(naive)
            found.append((name, local))
    return found


def offset_text(instant: datetime) -> str:
    """Return the offset from UTC, such as `+08:00`."""
    return instant.isoformat()[-6:]


def _exists_everywhere(instant: datetime) -> bool:
    """Whether the calendar has the instant in each zone."""
    return MINYEAR < instant.year < MAXYEAR


def _zone_of(instant: datetime, preferred: str) -> str:
    offset = instant.utcoffset()
    for name in (preferred, *COMMON_ZONES):
        zone = find_zone(name)
        if zone and instant.astimezone(zone).utcoffset() == offset:
            return name
    return offset_text(instant)
