"""Lines of `pushgate quotas`."""

from pushgate.cli.client.quotas import quota_lines
from pushgate_client import types

VIVO: types.VendorQuota = {
    "vendor": "vivo",
    "push_class": "marketing",
    "limit": 10_000,
    "used": 9_000,
    "sending": 1_000,
    "waiting": 25_000,
    "left": 0,
    "refused_at": None,
}
OPPO: types.VendorQuota = {
    **VIVO,
    "vendor": "oppo",
    "used": 7,
    "sending": 0,
    "waiting": 0,
    "refused_at": "2031-01-01T03:00:00.000Z",
}


def test_a_quota_tells_what_is_used_left_and_waiting() -> None:
    report: types.QuotaReport = {
        "day": "2031-01-01",
        "ends_at": "2031-01-01T16:00:00.000Z",
        "quotas": [VIVO, OPPO],
    }
    day, vivo, oppo = quota_lines(report)
    assert day.startswith("2031-01-01 in Shanghai, until ")
    assert vivo.split() == ["vivo", "marketing", "10,000", "of", "10,000", "0", "left", "25,000", "waiting"]
    assert oppo.split()[:8] == ["oppo", "marketing", "7", "of", "10,000", "0", "left", "refused"]


def test_an_app_without_quotas_says_so() -> None:
    report: types.QuotaReport = {"day": "2031-01-01", "ends_at": "2031-01-01T16:00:00.000Z", "quotas": []}
    assert list(quota_lines(report)) == ["the app's settings name no quota of a vendor"]
