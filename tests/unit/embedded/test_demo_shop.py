"""The demo app's phones, as an import takes them."""

from collections import Counter
from datetime import UTC, datetime

from pushgate.adapters.registry import vendors
from pushgate.embedded.demo_history import TEST_PHONES, broadcasts, orders, upcoming
from pushgate.embedded.demo_shop import DEAD, PHONES, phones
from pushgate.sandbox.rejections import DEAD_PREFIX

NOW = datetime(2026, 11, 28, 12, tzinfo=UTC)
ALL = list(phones(NOW))


def test_a_thousand_phones_are_left_once_the_dead_ones_are_gone() -> None:
    assert len(ALL) == PHONES + DEAD == len({phone["id"] for phone in ALL})
    assert sum(phone["token"].startswith(DEAD_PREFIX) for phone in ALL) == DEAD
    assert list(phones(NOW)) == ALL, "the same ones each time"


def test_they_differ_in_vendor_language_person_and_attributes() -> None:
    assert len({phone["vendor"] for phone in ALL}) == 9
    assert len({phone["language"] for phone in ALL}) == 7
    of_users = Counter(phone["user"] for phone in ALL)
    assert {1, 2, 3} == set(of_users.values())
    assert {tag for phone in ALL for tag in phone["tags"]} == {"member", "news", "vip", "beta"}
    assert {phone["attributes"]["plan"] for phone in ALL} == {"free", "plus", "gold"}


def test_each_token_has_the_form_of_its_vendor() -> None:
    known = vendors()
    for phone in ALL:
        assert known[phone["vendor"]].token_pattern.fullmatch(phone["token"]), phone
    assert len({phone["token"] for phone in ALL}) == len(ALL)


def test_the_history_names_phones_and_people_that_there_are() -> None:
    living = {phone["id"] for phone in ALL if not phone["token"].startswith(DEAD_PREFIX)}
    assert TEST_PHONES.keys() <= living
    users = {phone["user"] for phone in ALL}
    assert all(set(message["audience"]["users"] or ()) <= users for message in orders())
    for message in [*broadcasts(), *orders(), *upcoming(NOW)]:
        assert set(message["content"] or ()) == {"en", "zh-Hans"}
