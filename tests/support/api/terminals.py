"""Terminals and changes of them by chance, and what a change makes of a terminal, as JSON."""

from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from pushgate.domain.terminal import Terminal

Change = dict[str, Any]
TOKENS = [f"{number:064x}" for number in range(3)]
INSTANTS = [datetime(2026, 11, day, tzinfo=UTC) for day in (1, 2, 3)]
_texts = st.sampled_from(["a", "b", "c"])
_values = st.sampled_from(["x", 1, 2.5, True])
_instants = st.sampled_from(INSTANTS)


def terminals() -> st.SearchStrategy[Terminal]:
    return st.builds(
        Terminal,
        id=st.just("t"),
        vendor=st.just("apns"),
        token=st.sampled_from(TOKENS),
        language=st.sampled_from(["en", "de"]),
        user=st.none() | _texts,
        tags=st.lists(_texts, unique=True).map(tuple),
        timezone=st.sampled_from([None, "Asia/Tokyo"]),
        attributes=st.dictionaries(_texts, _values),
        app_version=st.none() | _texts,
        last_seen=_instants,
        registered_at=_instants,
        group_language=st.none(),
    )


def _tag_changes() -> st.SearchStrategy[dict[str, list[str]]]:
    halves = st.lists(st.tuples(_texts, st.booleans()), unique_by=lambda pair: pair[0])
    return halves.map(
        lambda pairs: {
            "add": [tag for tag, is_added in pairs if is_added],
            "remove": [tag for tag, is_added in pairs if not is_added],
        }
    )


def changes() -> st.SearchStrategy[Change]:
    return st.fixed_dictionaries(
        {},
        optional={
            "token": st.sampled_from(TOKENS),
            "language": st.sampled_from([None, "en", "de"]),
            "user": st.none() | _texts,
            "tags": st.none() | st.lists(_texts, max_size=3) | _tag_changes(),
            "timezone": st.sampled_from([None, "Asia/Tokyo", "Europe/Rome"]),
            "attributes": st.none() | st.dictionaries(_texts, st.none() | _values),
            "app_version": st.none() | _texts,
            "last_seen": _instants.map(lambda at: at.isoformat()),
        },
    )


def merged(terminal: dict[str, Any], change: Change, app_default: str = "en") -> dict[str, Any]:
    """The terminal after the change, both as JSON."""
    after = terminal | change
    after["language"] = after["language"] or app_default
    if "tags" in change:
        after["tags"] = _merged_tags(terminal["tags"], change["tags"])
    if "attributes" in change:
        given = change["attributes"]
        kept = {} if given is None else terminal["attributes"] | given
        after["attributes"] = {name: value for name, value in kept.items() if value is not None}
    if "last_seen" in change:
        after["last_seen"] = change["last_seen"].replace("+00:00", ".000Z")
    return after


def _merged_tags(tags: list[str], change: list[str] | dict[str, list[str]] | None) -> list[str]:
    if not isinstance(change, dict):
        return list(dict.fromkeys(change or []))
    kept = [tag for tag in tags if tag not in change["remove"]]
    return kept + [tag for tag in change["add"] if tag not in kept]
