"""A plan warns of a canary that is too small to be judged."""

from datetime import timedelta

from pushgate.domain.canary import Canary, Limits
from pushgate.preflight.canary_sample import warn_of_canary
from pushgate.preflight.plan import VendorPlan


def vendor(name: str, sent: int) -> VendorPlan:
    return VendorPlan(
        vendor=name,
        is_configured=True,
        paused=None,
        count=sent,
        limited=(),
        refused=0,
        cut=0,
        sent=sent,
        pace=None,
        seconds=None,
        expiring=None,
    )


CANARY = Canary(share=1, wait=timedelta(minutes=10), hold_if=Limits(rejected=5))
VENDORS = [vendor("apns", 100_000), vendor("oppo", 1200), vendor("vivo", 0), vendor("meizu", 10_000)]


def test_vendors_with_too_few_pushes_are_named() -> None:
    (found,) = warn_of_canary(CANARY, VENDORS)
    assert found.field == "options.canary.share"
    assert "oppo (12): limits need 100 answers" in found.message
    assert not list(warn_of_canary(CANARY, VENDORS[:1]))


def test_a_canary_without_limits_judges_nothing() -> None:
    assert not list(warn_of_canary(Canary(share=1, wait=timedelta(minutes=10)), VENDORS))
    assert not list(warn_of_canary(None, VENDORS))
