"""Counts of audiences, domain -> JSON. Pure."""

from collections.abc import Mapping


def from_timezones(timezones: Mapping[str | None, int]) -> list[dict[str, object]]:
    """Return counts by time zone as JSON; that of terminals without one comes last."""
    zones = sorted(timezones.items(), key=lambda item: (item[0] is None, item[0] or ""))
    return [{"timezone": zone, "count": count} for zone, count in zones if count]
