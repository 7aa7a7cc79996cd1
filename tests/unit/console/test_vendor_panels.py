from typing import cast

import pytest
from tests.support.console.results import words

from pushgate.console.vendor_panels import VendorPanel, list_panels
from pushgate.console.verdict import read_problem
from pushgate_client.types import AppVendorView, SystemProblem, SystemStatus, VendorQuota

VIEW = cast("AppVendorView", {"app": "shop", "vendor": "meizu", "paused": None})
STATUS = cast("SystemStatus", {"problems": []})
QUOTAS = cast(
    "list[VendorQuota]",
    [{"vendor": "meizu", "push_class": "marketing"}, {"vendor": "vivo", "push_class": "service"}],
)


def panel_of(code: str, **params: int) -> VendorPanel:
    """The panel of Meizu with this problem."""
    row = {"code": code, "app": "shop", "vendor": "meizu", "since": None, "until": None}
    problem = cast("SystemProblem", {**row, "params": params, "message": "", "remedy": ""})
    (panel,) = list_panels([VIEW], STATUS, [read_problem(problem)], [], [], QUOTAS, words())
    return panel


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
    assert panel_of(code, tokens=3).has_open_breaker is is_open


def test_a_quota_of_the_settings_opens_no_circuit_breaker() -> None:
    panel = panel_of("vendor_quota", limit=10, used=10)
    assert (panel.has_open_breaker, panel.state) == (False, "slow")
    assert [quota["push_class"] for quota in panel.quotas] == ["marketing"], (
        "those of other vendors are theirs"
    )
