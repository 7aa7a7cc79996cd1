from datetime import timedelta
from typing import cast

from tests.support.console.results import NOW

from pushgate.console.vendor_tiles import list_tiles
from pushgate.console.verdict import read_problem
from pushgate_client.types import ActivityReport, SystemProblem


def activity() -> ActivityReport:
    """Sixty minutes of Huawei with 60 answers each, 120 in the running one; nothing of vivo."""
    minutes = []
    for index in range(60):
        number = 120 if index == 59 else 60
        row = {"vendor": "huawei", "accepted": number - 10, "invalid": 10, "rejected": 0}
        at = NOW - timedelta(minutes=59 - index)
        minutes.append({"at": at.isoformat(), "accepted": number, "clicked": 0, "vendors": [row]})
    rates = [{"vendor": "huawei", "rate_limit": 6000.0}, {"vendor": "vivo", "rate_limit": None}]
    return cast("ActivityReport", {"minutes": minutes, "rates": rates})


def test_the_pace_is_that_of_the_running_minute_or_just_after_it_began_of_the_last_one() -> None:
    late, early = NOW + timedelta(seconds=30), NOW + timedelta(seconds=2)
    assert list_tiles(activity(), [], late)[0].pace == 4
    assert list_tiles(activity(), [], early)[0].pace == 1


def test_vendors_in_trouble_come_first() -> None:
    problem = {"code": "removal_held", "app": "shop", "vendor": "vivo", "since": None, "until": None}
    trouble = read_problem(
        cast("SystemProblem", {**problem, "params": {"tokens": 3}, "message": "", "remedy": ""})
    )
    vivo, huawei = list_tiles(activity(), [trouble], NOW)
    assert (vivo.vendor, vivo.state, vivo.accepted) == ("vivo", "slow", 0)
    assert (huawei.state, huawei.accepted, huawei.rate_limit) == ("well", 59 * 50 + 110, 6000)
