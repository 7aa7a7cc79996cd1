"""Texts, numbers and instants as one reader reads them: in a language, a time zone, at a moment."""

from datetime import datetime, timedelta, tzinfo

from babel.dates import format_datetime
from markupsafe import Markup

from pushgate.console.catalogues import LOCALES, Catalogues, Language
from pushgate.console.marking import N_

Instant = datetime | str
"""An instant as the API writes it, or read."""
_UNKNOWN = "–"
_NEAR_DAYS = {
    -1: (N_("Yesterday {time}"), N_("yesterday {time}")),
    0: (N_("Today {time}"), N_("today {time}")),
    1: (N_("Tomorrow {time}"), N_("tomorrow {time}")),
}
"""By days from today: at the begin of a text, and inside a sentence."""
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


class Words:
    """Writes for one reader. In texts, integers get their thousands separators."""

    def __init__(self, catalogues: Catalogues, language: Language, zone: tzinfo, now: datetime) -> None:
        self._catalogues = catalogues
        self._language = language
        self._zone = zone
        self._now = now

    def _(self, text: str, /, **values: object) -> str:
        """Return a text with its values."""
        return self._catalogues.text(self._language, text).format(**_written(values))

    def ngettext(self, singular: str, plural: str, count: int, /, **values: object) -> str:
        """Return the text for a count, with its values and `count` as `n`."""
        found = self._catalogues.plural(self._language, singular, plural, count)
        return found.format(**_written({"n": count, **values}))

    def html(self, text: str, /, **values: object) -> Markup:
        """Return a text that may contain elements, with its values escaped."""
        found = self._catalogues.text(self._language, text)
        return Markup(found).format(**_written(values))  # noqa: S704  # from a catalogue

    def nhtml(self, singular: str, plural: str, count: int, /, **values: object) -> Markup:
        """Return the text for a count as `html` does."""
        found = self._catalogues.plural(self._language, singular, plural, count)
        return Markup(found).format(**_written({"n": count, **values}))  # noqa: S704  # from a catalogue

    @property
    def separator(self) -> str:
        """What stands between the names of a list."""
        return "、" if self._language == "zh" else ", "

    def number(self, value: float | None) -> str:
        """Return a number with thousands separators, one decimal at most; a dash for None."""
        if value is None:
            return _UNKNOWN
        return f"{value:,}" if isinstance(value, int) else f"{value:,.1f}".removesuffix(".0")

    def percent(self, part: float | None, whole: float = 1) -> str:
        """Return a share, such as 12.4%; a dash where there is none."""
        return _UNKNOWN if part is None or not whole else f"{part / whole:.1%}"

    def moment(self, instant: Instant | None, *, seconds: bool = False, inside: bool = False) -> str:
        """Return an instant as people say it: `Today 20:05`, `Mon 30 Nov 20:00`.

        `inside` a sentence it begins with a small letter.
        """
        if instant is None:
            return _UNKNOWN
        local, today = self.local(instant), self._now.astimezone(self._zone).date()
        time = f"{local:%H:%M:%S}" if seconds else f"{local:%H:%M}"
        if near := _NEAR_DAYS.get((local.date() - today).days):
            return self._(near[inside], time=time)
        return f"{self._day(local, with_year=local.year != today.year)} {time}"

    def day(self, instant: Instant) -> str:
        """Return the day of an instant with its year: `12 Dec 2026`."""
        pattern = "y年M月d日" if self._language == "zh" else "d MMM y"
        return format_datetime(self.local(instant), pattern, locale=LOCALES[self._language])

    def ago(self, instant: Instant | None) -> str:
        """Return how long ago an instant was, or how soon it comes."""
        if instant is None:
            return self._("never")
        seconds = (self._now - self.local(instant)).total_seconds()
        if abs(seconds) < 1:
            return self._("now")
        span = self.duration(abs(seconds))
        return self._("{span} ago", span=span) if seconds > 0 else self._("in {span}", span=span)

    def duration(self, span: timedelta | float) -> str:
        """Return a span, given in seconds or so, in its largest unit: `0.2 s`, `14 days`."""
        seconds = span.total_seconds() if isinstance(span, timedelta) else span
        if seconds < 10:
            return self._("{n} s", n=f"{seconds:.2g}")
        if seconds < _MINUTE * 2:
            return self._("{n} s", n=int(seconds))
        if seconds < _HOUR * 2:
            return self._("{n} min", n=int(seconds // _MINUTE))
        if seconds < _DAY * 2:
            return self._("{n} h", n=int(seconds // _HOUR))
        return self.ngettext("{n} day", "{n} days", int(seconds // _DAY))

    def local(self, instant: Instant) -> datetime:
        """Return an instant in the reader's zone."""
        read = datetime.fromisoformat(instant) if isinstance(instant, str) else instant
        return read.astimezone(self._zone)

    def _day(self, local: datetime, *, with_year: bool) -> str:
        if self._language == "zh":
            pattern = "y-MM-dd EEE" if with_year else "MM-dd EEE"
        else:
            pattern = "EEE d MMM y" if with_year else "EEE d MMM"
        return format_datetime(local, pattern, locale=LOCALES[self._language])


def _written(values: dict[str, object]) -> dict[str, object]:
    return {name: f"{value:,}" if type(value) is int else value for name, value in values.items()}
