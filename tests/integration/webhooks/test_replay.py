"""From where events are delivered once more."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.webhooks.senders import Installation

from pushgate.domain.app import App
from pushgate.domain.errors import InvalidRequest
from pushgate.eventlog.entries import EntryId
from pushgate.events.cursor import START, Place
from pushgate.webhooks.replay import place_of_event, places_of_cursor, places_of_time

APP = App("shop", 2)


async def test_a_time_leads_to_the_place_before_the_first_entry_of_that_time(
    installation: Installation,
) -> None:
    await installation.webhook("https://example.com/")
    for number in range(12):
        await installation.publish([number])
        await asyncio.sleep(0.003)  # each entry has a time of its own
    last = (await installation.log.ends(APP))["q"]
    batch = await installation.log.read(APP, "q", EntryId(last.epoch, last.n - 12), 20)
    assert len(batch.entries) == 12
    for entry in batch.entries[1:]:
        place = (await places_of_time(installation.log, APP, entry.at))["q"]
        (found,) = (await installation.log.read(APP, "q", place.entry, 1)).entries
        assert found.at == entry.at
        assert found.id <= entry.id
    later = await places_of_time(installation.log, APP, datetime.now(UTC) + timedelta(hours=1))
    assert later["q"] == Place(last)


async def test_a_time_before_the_oldest_entries_leads_to_the_start(installation: Installation) -> None:
    await installation.webhook("https://example.com/")
    await installation.publish(range(5))
    places = await places_of_time(installation.log, APP, datetime(2020, 1, 1, tzinfo=UTC))
    assert places["q"] == START
    assert set(places) == {0, 1, "q"}


async def test_a_time_is_found_in_what_is_left_of_a_trimmed_stream(installation: Installation) -> None:
    await installation.webhook("https://example.com/")
    await installation.publish(range(30))
    await installation.redis.xtrim("{q}:events:shop", maxlen=5, approximate=False)
    last = (await installation.log.ends(APP))["q"]
    later = await places_of_time(installation.log, APP, datetime.now(UTC) + timedelta(hours=1))
    assert later["q"] == Place(last)


@pytest.mark.parametrize(
    ("text", "shard", "entry"),
    [
        ("shop.0.1795896395-42.1.0", 0, EntryId(1795896395, 41)),
        ("shop.1.1795896395-42.1.0-3", 1, EntryId(1795896395, 41)),
        ("shop.q.1795896395-0.0", "q", EntryId(1795896395, 0)),
    ],
)
def test_an_event_leads_to_the_place_before_its_entry(text: str, shard: int | str, entry: EntryId) -> None:
    assert place_of_event(APP, text) == {shard: Place(entry)}


@pytest.mark.parametrize("text", ["other.0.1-1.0", "shop.2.1-1.0", "shop.1023.1-1.0"])
def test_the_event_of_another_app_or_shard_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="another app"):
        place_of_event(APP, text)


@pytest.mark.parametrize("text", ["", "x", "shop.0.1-1", "shop.0.99999999999999-1.0", "2020-01-01T00:00:00"])
def test_what_is_no_place_is_refused_with_what_may_be_given(text: str) -> None:
    assert place_of_event(APP, text) is None
    with pytest.raises(InvalidRequest, match="an event's id, a cursor"):
        places_of_cursor(APP, text)
