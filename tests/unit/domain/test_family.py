"""The parts of a family: which follows, and whom it takes in."""

from dataclasses import replace
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from pushgate.domain.audience import AudienceSummary
from pushgate.domain.family import Family, Made, Part, due_at, next_part
from pushgate.domain.local_time import LocalTime, Passed
from pushgate.domain.message_id import (
    MAX_PARTS,
    family_of,
    is_family,
    new_family_id,
    new_id,
    part_id,
    part_number,
    position_of,
)

NOW = datetime.fromisoformat("2030-12-01T00:00:00+00:00")
FAMILY_ID = new_family_id(NOW)
LOCAL_TIME = LocalTime(
    local=datetime.fromisoformat("2031-01-01T20:00"), default_zone="UTC", since=NOW, passed=Passed.SEND
)
FAMILY = Family(LOCAL_TIME, LOCAL_TIME.instants()[-1])


def _play(lifetime: timedelta) -> list[Part]:
    """All parts of a family, one after another."""
    parts, made = list[Part](), Made()
    while part := next_part(FAMILY_ID, FAMILY, AudienceSummary(), lifetime, made):
        parts.append(part)
        made = Made(part.number, part.by, part.is_missed)
    return parts


def test_a_part_follows_at_each_instant() -> None:
    parts = _play(timedelta(days=3))
    assert [part.by for part in parts] == LOCAL_TIME.instants()
    assert [part.number for part in parts] == list(range(1, len(parts) + 1))
    assert all(before.by < after.by for before, after in pairwise(parts))


def test_the_last_part_is_for_who_was_missed_where_the_time_to_live_is_shorter_than_the_family() -> None:
    *parts, last = _play(timedelta(hours=8))
    assert [part.by for part in parts] == LOCAL_TIME.instants()
    assert not any(part.is_missed for part in parts)
    assert last.is_missed
    assert last.after == FAMILY.last_at - timedelta(hours=8)


def test_a_part_takes_in_who_came_late_within_the_time_to_live() -> None:
    first, second, *_ = _play(timedelta(hours=8))
    assert first.after == first.by - timedelta(hours=8)
    assert second.after == second.by - timedelta(hours=8)


@pytest.mark.parametrize(
    ("zone", "at"),
    [
        ("Asia/Tokyo", "2031-01-01T13:00:00+00:00"),  # its instant was two hours ago
        ("Pacific/Kiritimati", None),  # seven hours
        ("Europe/Berlin", "2031-01-01T19:00:00+00:00"),
        ("", "2031-01-01T20:00:00+00:00"),
    ],
)
def test_terminals_are_due_at_the_instants_of_their_zones(zone: str, at: str | None) -> None:
    since = datetime.fromisoformat("2031-01-01T13:00:00+00:00")
    family = Family(replace(LOCAL_TIME, since=since), FAMILY.last_at)
    expected = datetime.fromisoformat(at) if at else None
    assert due_at(family, timedelta(hours=3), zone) == expected


def test_the_id_of_a_part_names_its_family() -> None:
    for number in (1, 38, MAX_PARTS):
        one = part_id(FAMILY_ID, number)
        assert len(one) == len(FAMILY_ID) == 30
        assert family_of(one) == FAMILY_ID
        assert part_number(one) == number
        assert not is_family(one)
        assert position_of(one) is None


@pytest.mark.parametrize(
    "message_id", ["01c0282a280021969a4959213d1500", "01c0282a280001969a4959213d1503", "", "no id"]
)
def test_another_id_is_that_of_no_part(message_id: str) -> None:
    assert family_of(message_id) == message_id
    assert part_number(message_id) == 0


def test_families_are_no_large_messages() -> None:
    assert is_family(FAMILY_ID)
    assert not is_family(new_id(NOW))
