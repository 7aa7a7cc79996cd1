from typing import cast

import pytest
from tests.support.console.results import words

from pushgate.console.vendor_panels import list_panels
from pushgate.console.verdict import read_problem
from pushgate_client.types import AppVendorView, SystemProblem, SystemStatus

VIEW = cast("AppVendorView", {"app": "shop", "vendor": "meizu", "paused": None})
STATUS = cast("SystemStatus", {"problems": []})


@pytest.mark.parametrize(
    ("code", "is_open"),
    [
        ("vendor_refuses", True),
        ("vendor_unavailable", True),
        ("vendor_unanswered", True),
        ("vendor_throttles", True),
        ("vendor_quota", True),
        ("vendor_paused", False),
        ("vendor_not_served", False),
        ("vendor_not_configured", False),
        ("removal_held", False),
    ],
)
def test_a_circuit_breaker_is_open_where_the_vendor_is_in_trouble(code: str, *, is_open: bool) -> None:
    row = {"code": code, "app": "shop", "vendor": "meizu", "since": None, "until": None}
    problem = cast("SystemProblem", {**row, "params": {"tokens": 3}, "message": "", "remedy": ""})
    (panel,) = list_panels([VIEW], STATUS, [read_problem(problem)], [], [], [], words())
    assert panel.has_open_breaker is is_open
