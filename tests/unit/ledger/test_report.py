"""Results from counters."""

from pushgate.api.mapping.results import from_report
from pushgate.domain.clock import from_ms
from pushgate.ledger.report import report


def test_shards_add_up_by_group_and_in_total() -> None:
    one = [("apns/en|targeted", 5), ("apns/en|accepted", 3), ("apns/en|pending", 2), ("|pending", 2)]
    other = [("apns/en|targeted", 4), ("apns/en|accepted", 4), ("fcm/ja|targeted", 1), ("fcm/ja|invalid", 1)]
    result = report([*one, *other], [], [])
    assert result.targeted == 10
    assert result.states == {
        "pending": 2,
        "accepted": 7,
        "invalid": 1,
        "rejected": 0,
        "expired": 0,
        "cancelled": 0,
    }
    assert [(group.vendor, group.language, group.targeted) for group in result.groups] == [
        ("apns", "en", 9),
        ("fcm", "ja", 1),
    ]


def test_terminals_given_by_token_count_with_their_vendor_and_language() -> None:
    result = report([("apns/en|targeted", 1), ("apns/en/inline|targeted", 2)], [], [])
    assert [(group.vendor, group.language, group.targeted) for group in result.groups] == [("apns", "en", 3)]


def test_acceptances_count_as_received_until_deliveries_are_reported() -> None:
    counts = [("apns/en|targeted", 10), ("apns/en|accepted", 10), ("apns/en|clicked", 2)]
    silent = report(counts, [], [])
    assert (silent.received, silent.groups[0].received_from, silent.click_through_rate) == (
        10,
        "accepted",
        0.2,
    )
    reporting = report([*counts, ("apns/en|delivered", 8), ("apns/en|received", 8)], [], [])
    assert (reporting.received, reporting.groups[0].received_from, reporting.click_through_rate) == (
        8,
        "delivered",
        0.25,
    )


def test_each_group_counts_received_by_its_own_receipts() -> None:
    result = report(
        [
            ("apns/en|accepted", 10),
            ("huawei/en|accepted", 10),
            ("huawei/en|delivered", 6),
            ("huawei/en|clicked", 4),
            ("huawei/en|received", 8),
            ("xiaomi/en|accepted", 1),
            ("xiaomi/en|clicked", 2),
            ("xiaomi/en|unaccepted_clicks", 1),
        ],
        [],
        [],
    )
    assert [group.received for group in result.groups] == [10, 8, 2]
    assert result.received == 20
    assert result.click_through_rate == 0.3


def test_without_anyone_received_there_is_no_rate() -> None:
    assert report([("apns/en|targeted", 1), ("apns/en|invalid", 1)], [], []).click_through_rate is None


def test_failures_of_all_shards_are_listed_most_frequent_first() -> None:
    result = report(
        [],
        [
            ("apns|invalid|Unregistered|gone", 2),
            ("fcm|rejected|X|y|z", 7),
            ("apns|invalid|Unregistered|gone", 3),
        ],
        [],
    )
    assert [
        (failure.vendor, failure.state, failure.code, failure.reason, failure.count)
        for failure in result.failures
    ] == [
        ("fcm", "rejected", "X", "y|z", 7),
        ("apns", "invalid", "Unregistered", "gone", 5),
    ]


def test_the_timeline_is_in_order_of_time() -> None:
    result = report([], [], [("2|accepted", 3), ("1|accepted", 1), ("2|accepted", 4)])
    assert [(moment.at.timestamp(), dict(moment.counts)) for moment in result.timeline] == [
        (60.0, {"accepted": 1}),
        (120.0, {"accepted": 7}),
    ]


def test_reports_on_unknown_terminals_are_counted_by_receipt() -> None:
    found = report([], [], [], [("clicked", 3), ("gone", 1)]).unknown_reports
    assert found == {"delivered": 0, "clicked": 3, "muted": 0, "gone": 1}


def test_held_terminals_are_not_targeted_and_the_first_are_due_first() -> None:
    counts = [("fcm/en|targeted", 1), ("fcm/en|pending", 1)]
    counts += [("|deferred", 2), ("|deferred_until", 7_000), ("|deferred", 3), ("|deferred_until", 5_000)]
    found = report(counts, [], [])
    assert (found.targeted, found.held, found.held_until) == (1, 5, from_ms(5_000))
    assert from_report(found)["held"] == {"count": 5, "next_at": "1970-01-01T00:00:05.000Z"}
    assert "held" not in from_report(report(counts[:2], [], []))
