from datetime import UTC, datetime, timedelta

from tests.support.console.results import group, moment, results, words

from pushgate.console.funnel import build_funnel, half_arrived_after

PUSHED_AT = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


def test_each_step_has_its_number_its_share_and_what_was_lost() -> None:
    found = results(
        group(
            "xiaomi", targeted=12403, accepted=12030, invalid=214, rejected=97, expired=62, delivered=10843
        ),
        click_through_rate=0.123,
    )
    targeted, accepted, delivered, clicked = build_funnel(found, PUSHED_AT, words())
    assert [targeted.number, accepted.number, delivered.number] == [12403, 12030, 10843]
    assert targeted.why == "373 lost: 214 invalid, 97 rejected, 62 expired"
    assert accepted.share == "97.0% of targeted"
    assert accepted.why == "1,187 not confirmed: offline, or did not report"
    assert delivered.share == "90.1% of accepted"
    assert clicked.share == "12.3% click-through"


def test_the_funnel_speaks_chinese() -> None:
    found = results(group(targeted=10, accepted=7, pending=2, invalid=1, delivered=7))
    targeted, *_ = build_funnel(found, PUSHED_AT, words("zh"))
    assert (targeted.name, targeted.why) == ("目标", "待发 2，已失效 1")


def test_what_waits_is_not_lost() -> None:
    found = results(group(targeted=10, pending=7, rejected=1, expired=2))
    assert build_funnel(found, None, words())[0].why == "7 pending; 3 lost: 1 rejected, 2 expired"


def test_a_funnel_of_nobody_has_shapes_all_the_same() -> None:
    steps = build_funnel(results(), None, words())
    assert all(step.shape.startswith("M0 49.40") for step in steps)
    assert steps[1].share == "– of targeted"


def test_half_of_the_deliveries_came_within_a_time() -> None:
    timeline = [
        moment("12:00", accepted=9, delivered=4),
        moment("12:03", delivered=3),
        moment("14:00", delivered=2),
    ]
    assert half_arrived_after(timeline, PUSHED_AT) == timedelta(minutes=4)
    assert half_arrived_after([moment("12:00", accepted=9)], PUSHED_AT) is None
