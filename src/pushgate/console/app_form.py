"""What an app sends to whom and when, as a form: its time zone, quiet hours and frequency caps.
Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

_SPARE_ROWS = 2
"""Empty rows that a form has for further categories."""
_MAX_ROWS = 66
_NO_CATEGORY = "no_category"
_TWICE = "twice"
_NO_NUMBER = "no_number"


@dataclass(frozen=True, slots=True)
class HoursRow:
    """Quiet hours of a category, as they are typed."""

    category: str = ""
    begin: str = ""
    end: str = ""
    then: str = "leave_out"

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed."""
        return not (self.category or self.begin or self.end)


@dataclass(frozen=True, slots=True)
class CapRow:
    """The cap of a category, as it is typed."""

    category: str = ""
    per_day: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is typed."""
        return not (self.category or self.per_day)


@dataclass(frozen=True, slots=True)
class AppForm:
    """The form. Rows stand in the order of their numbers, from 0."""

    timezone: str
    hours: Sequence[HoursRow]
    caps: Sequence[CapRow]

    @property
    def hours_rows(self) -> Sequence[HoursRow]:
        """The rows of quiet hours, with spare ones."""
        return [*self.hours, *[HoursRow()] * _SPARE_ROWS]

    @property
    def cap_rows(self) -> Sequence[CapRow]:
        """The rows of caps, with spare ones."""
        return [*self.caps, *[CapRow()] * _SPARE_ROWS]


def form_of(settings: Mapping[str, object]) -> AppForm:
    """Return the form of an app's settings."""
    hours = cast("Mapping[str, Mapping[str, str]]", settings.get("quiet_hours") or {})
    caps = cast("Mapping[str, Mapping[str, int]]", settings.get("caps") or {})
    return AppForm(
        str(settings.get("timezone") or "UTC"),
        [
            HoursRow(category, row["begin"], row["end"], row.get("then", "leave_out"))
            for category, row in hours.items()
        ],
        [CapRow(category, str(row["per_day"])) for category, row in caps.items()],
    )


def read_app_form(typed: Mapping[str, str]) -> AppForm:
    """Return what is typed. Empty rows are left out."""

    def text(name: str) -> str:
        return typed.get(name, "").strip()

    hours = [
        HoursRow(*(text(f"hours.{row}.{name}") for name in ("category", "begin", "end", "then")))
        for row in range(_MAX_ROWS)
    ]
    caps = [CapRow(text(f"caps.{row}.category"), text(f"caps.{row}.per_day")) for row in range(_MAX_ROWS)]
    return AppForm(
        text("timezone"),
        [row for row in hours if not row.is_empty],
        [row for row in caps if not row.is_empty],
    )


def changes_of(form: AppForm) -> tuple[dict[str, object], dict[str, str]]:
    """Return the settings that a form stands for, and the codes of what is wrong with rows, by
    field: `no_category`, `twice`, `no_number`.
    """
    faults: dict[str, str] = {}
    for name, rows in (("quiet_hours", form.hours), ("caps", form.caps)):
        categories = [row.category for row in rows]
        if "" in categories:
            faults[name] = _NO_CATEGORY
        elif len(set(categories)) < len(categories):
            faults[name] = _TWICE
    if not all(row.per_day.isascii() and row.per_day.isdigit() for row in form.caps):
        faults["caps"] = _NO_NUMBER
    if faults:
        return {}, faults
    hours = {row.category: {"begin": row.begin, "end": row.end, "then": row.then} for row in form.hours}
    caps = {row.category: {"per_day": int(row.per_day[:9])} for row in form.caps}
    return {"timezone": form.timezone, "quiet_hours": hours, "caps": caps}, {}
