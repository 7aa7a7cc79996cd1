"""When a message goes out, as the page says it: in the chosen zone, elsewhere, and until when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, get_timezone_location

from pushgate.console.composing.figures import Figures
from pushgate.console.composing.message_form import MomentForm
from pushgate.console.composing.moments import (
    COMMON_ZONES,
    LOCAL,
    find_zone,
    instant_of,
    normalize,
    offset_text,
    zones_elsewhere,
)
from pushgate.console.words import Words
from pushgate_client.types import TimezoneCount

_MAX_ELSEWHERE = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentTexts:
    """Texts of the moment. `skipped` is the time at which a message goes out whose hour clocks
    leave out in spring, `elsewhere` city, time and phones there, `day` and `clock` those of a lock
    screen, `span` and `last` how long sending takes and when it ends. `local` is day and time where
    they are those of each phone's own zone.
    """

    is_past: bool
    ago: str
    city: str
    skipped: str
    elsewhere: Sequence[tuple[str, str, int]]
    day: str
    clock: str
    span: str
    last: str
    local: str


def write_moment_texts(
    form: MomentForm, figures: Figures, words: Words, locale: Locale, now: datetime, own_zone: ZoneInfo
) -> MomentTexts:
    """Return the texts of a moment. `own_zone` is that of the reader."""
    instant = instant_of(form)
    shown = normalize(instant) if instant else now.astimezone(own_zone)
    is_skipped = instant is not None and shown.time() != instant.time()
    plan = figures.plan
    last = datetime.fromisoformat(plan["last_push_at"]) if plan and plan["last_push_at"] else None
    start = datetime.fromisoformat(plan["push_time"]) if plan else shown
    pattern = "M月d日 EEEE" if locale.language == "zh" else "EEEE d MMMM"
    return MomentTexts(
        is_past=instant is not None and shown < now,
        ago=words.ago(shown),
        city=city_of(form.zone, locale),
        skipped=f"{shown:%H:%M}" if is_skipped else "",
        elsewhere=_elsewhere(shown, figures, own_zone, locale) if instant else [],
        day=format_datetime(shown, pattern, locale=locale),
        clock=f"{shown:%H:%M}",
        span=words.duration(max(last - start, timedelta(0))) if last else "",
        local=_local(form, pattern, locale),
        last=f"{last.astimezone(shown.tzinfo):%H:%M:%S}" if last else "",
    )


def _local(form: MomentForm, pattern: str, locale: Locale) -> str:
    """Return day and time of a moment in each phone's own zone; empty for another moment."""
    if form.is_now or form.within or form.zone != LOCAL:
        return ""
    try:
        at = datetime.fromisoformat(f"{form.day}T{form.clock}")
    except ValueError:
        return ""
    return f"{format_datetime(at, pattern, locale=locale)} {at:%H:%M}"


def zone_choices(
    form: MomentForm, figures: Figures, own_zone: ZoneInfo, locale: Locale, now: datetime
) -> Sequence[tuple[str, str]]:
    """Return the zones to choose from, with their offsets: the reader's, those of the phones, and
    common ones.
    """
    of_phones = [one["timezone"] for one in _by_phones(figures) if one["timezone"]][:10]
    names = dict.fromkeys([own_zone.key, form.zone, *of_phones, *COMMON_ZONES])
    at = instant_of(form) or now
    found: list[tuple[str, str]] = []
    for name in names:
        if zone := find_zone(name):
            offset = offset_text(at.astimezone(zone))
            found.append((name, name if name == offset else f"{city_of(name, locale)} {offset}"))
    return found


def city_of(zone: str, locale: Locale) -> str:
    """Return the city of a zone; the name of one without a city."""
    if find_zone(zone) is None:
        return zone
    try:
        return str(get_timezone_location(zone, locale=locale, return_city=True))
    except LookupError:
        return zone


def _elsewhere(
    instant: datetime, figures: Figures, own_zone: ZoneInfo, locale: Locale
) -> Sequence[tuple[str, str, int]]:
    phones = {one["timezone"]: one["count"] for one in _by_phones(figures) if one["timezone"]}
    found = zones_elsewhere(instant, [*phones, own_zone.key, "UTC"])
    return [(city_of(name, locale), f"{local:%H:%M}", phones.get(name, 0)) for name, local in found][
        :_MAX_ELSEWHERE
    ]


def _by_phones(figures: Figures) -> list[TimezoneCount]:
    return sorted(figures.timezones, key=lambda one: -one["count"])
