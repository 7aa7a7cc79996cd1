import pytest
from tests.support.console.results import failure, group, message, results

from pushgate.console.message_actions import (
    Action,
    find_actions,
    is_confirmed,
    recalled_by_vendor,
    seen_number,
)

SENT = results(
    group("huawei", targeted=10, accepted=8, invalid=2, recalled=1),
    group("xiaomi", targeted=5, accepted=5),
    group("apns", targeted=9, accepted=4, rejected=3, expired=2),
    failures=[failure("apns", "rejected", "unanswered", 1)],
)


def test_a_sent_message_is_sent_again_recalled_and_duplicated() -> None:
    found = find_actions(message(), SENT)
    assert found.retry == Action(number=4)
    assert found.recall == Action(number=12)
    assert found.duplicate == Action()
    assert found.cancel.obstacle
    assert found.reschedule.obstacle


def test_who_can_be_recalled_is_told_by_vendor() -> None:
    assert recalled_by_vendor(SENT) == ({"huawei": 7, "xiaomi": 5}, {"apns": 4})


def test_a_scheduled_message_is_cancelled_or_sent_at_another_time() -> None:
    found = find_actions(message(status="scheduled"), results(status="scheduled"))
    assert not found.cancel.obstacle
    assert not found.reschedule.obstacle
    assert found.retry.obstacle
    assert found.recall.obstacle


def test_of_a_message_that_is_being_sent_the_rest_is_cancelled() -> None:
    found = find_actions(message(status="sending"), results(group(targeted=9, pending=7), status="sending"))
    assert found.cancel == Action(number=7)
    assert found.retry.obstacle


@pytest.mark.parametrize("name", ["reschedule", "retry", "recall", "duplicate"])
def test_without_its_content_a_message_is_only_looked_at(name: str) -> None:
    assert getattr(find_actions(message(content=None), SENT), name).obstacle


def test_a_dry_run_is_not_recalled_and_dead_tokens_alone_can_be_sent_to_again() -> None:
    dry = results(group("huawei", targeted=3, accepted=3), dry_run=True)
    assert find_actions(message(), dry).recall.obstacle
    dead = results(group(targeted=3, invalid=3))
    assert find_actions(message(), dead).retry == Action(number=0)


@pytest.mark.parametrize(
    ("typed", "number", "expected"),
    [
        ("", 1000, True),
        ("", 1001, False),
        ("1001", 1001, True),
        ("1,001 ", 1001, True),
        ("1，001", 1001, True),
        ("1000", 1001, False),
    ],
)
def test_a_large_number_is_typed(typed: str, number: int, expected: bool) -> None:
    assert is_confirmed({"sure": typed}, number, 1000) is expected


@pytest.mark.parametrize(("seen", "number"), [("12", 12), ("", 0), ("-3", 0), ("x", 0), ("9" * 99, 0)])
def test_what_a_dialog_showed_comes_back_with_its_form(seen: str, number: int) -> None:
    assert seen_number({"seen": seen}) == number
