from datetime import timedelta
from typing import cast

from tests.support.console.results import NOW, group, message, results

from pushgate.console.flights import pending_by_vendor, read_flight, split_by_vendor
from pushgate_client.types import Waiting

WAITS = cast(
    "Waiting",
    {
        "reason": "vendor_refuses",
        "vendor": "xiaomi",
        "since": None,
        "until": None,
        "params": {},
        "message": "",
        "remedy": "",
    },
)
GROUPS = (
    group("xiaomi", "zh", targeted=400, pending=400),
    group("apns", "en", targeted=300, accepted=200, pending=100),
    group("apns", "zh", targeted=300, accepted=290, invalid=10),
)


def test_the_rest_is_reckoned_without_what_waits_for_a_vendor() -> None:
    found = results(*GROUPS, status="sending", waiting=[WAITS])
    pushed_at = (NOW - timedelta(seconds=50)).isoformat()
    flight = read_flight(message(push_time=pushed_at), found, NOW, "en")
    assert flight.pace == 10
    assert flight.left == timedelta(seconds=10)
    assert [one.phones for one in flight.waiting] == [400]
    assert flight.title.text == "Sale"


def test_a_message_that_goes_on_for_long_has_no_pace() -> None:
    found = results(*GROUPS, status="sending")
    pushed_at = (NOW - timedelta(hours=1)).isoformat()
    assert read_flight(message(push_time=pushed_at), found, NOW, "en").pace is None


def test_lanes_are_vendors_in_the_usual_order_and_add_up() -> None:
    lanes = split_by_vendor(GROUPS)
    assert [lane.vendor for lane in lanes] == ["apns", "xiaomi"]
    assert lanes[0].counts["targeted"] == 600
    assert pending_by_vendor([results(*GROUPS), results(*GROUPS)]) == {"apns": 200, "xiaomi": 800}
