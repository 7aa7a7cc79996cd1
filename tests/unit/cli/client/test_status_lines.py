"""Lines of `pushgate status` and cells of `pushgate audit`."""

from pushgate.cli.client.audit import target_words
from pushgate.cli.client.status import total_lines
from pushgate_client import types


def test_totals_have_a_line_for_each_vendor() -> None:
    totals: list[types.TerminalTotal] = [
        {"app": "shop", "vendor": "apns", "state": "accepted", "count": 12_403},
        {"app": "shop", "vendor": "apns", "state": "invalid", "count": 9},
        {"app": "shop", "vendor": "fcm", "state": "accepted", "count": 3},
    ]
    assert list(total_lines(totals)) == [
        "  shop  apns  accepted 12,403, invalid 9",
        "  shop  fcm   accepted 3",
    ]


def test_a_call_with_many_targets_keeps_its_row_narrow() -> None:
    assert target_words(["a", "b", "c"]) == ["a", "b", "c"]
    assert target_words([str(number) for number in range(1000)]) == ["0", "1", "2", "and 997 more"]
