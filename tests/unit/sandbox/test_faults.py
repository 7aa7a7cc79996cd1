"""Fault rules: which requests they apply to, and how often."""

import pytest
from tests.support.vendor_requests import raw_request

from pushgate.sandbox.exchange import SandboxRequest
from pushgate.sandbox.faults import FaultPlan, FaultRule, Faults


def request(path: str = "/send", body: bytes = b"", **headers: str) -> SandboxRequest:
    return raw_request(path, headers, body)


def planned(*rules: FaultRule, seed: int = 0) -> Faults:
    faults = Faults(lambda _vendor, token: token)
    faults.set_plan(FaultPlan(rules=list(rules), seed=seed))
    return faults


@pytest.mark.parametrize(
    ("rule", "matching", "other"),
    [
        (FaultRule(vendor="fcm", path="send"), request("/v1/send"), request("/token")),
        (FaultRule(vendor="fcm", holds="news"), request(body=b'{"topic":"news"}'), request(body=b"{}")),
        (FaultRule(vendor="fcm", holds="high"), request(urgency="high"), request(urgency="low")),
    ],
)
def test_a_rule_applies_to_requests_with_its_texts(
    rule: FaultRule, matching: SandboxRequest, other: SandboxRequest
) -> None:
    faults = planned(rule)
    assert faults.match("fcm", matching) == rule
    assert faults.match("fcm", other) is None
    assert faults.match("apns", matching) is None


def test_a_rule_applies_so_many_times_and_then_the_next_one_does() -> None:
    twice, then = FaultRule(vendor="fcm", times=2, delay=1), FaultRule(vendor="fcm", delay=2)
    faults = planned(twice, then)
    assert [faults.match("fcm", request()) for _ in range(4)] == [twice, twice, then, then]


def test_a_share_of_requests_is_the_same_with_the_same_seed() -> None:
    rule = FaultRule(vendor="fcm", share=0.3)
    drawn = [
        [faults.match("fcm", request()) for _ in range(1000)] for faults in (planned(rule), planned(rule))
    ]
    assert drawn[0] == drawn[1]
    assert 250 < sum(found is not None for found in drawn[0]) < 350


def test_a_new_plan_replaces_the_old_one() -> None:
    faults = planned(FaultRule(vendor="fcm"))
    faults.set_plan(FaultPlan(dead={"fcm": ["a"]}, refused={"fcm": {"b": "INTERNAL"}}))
    assert faults.match("fcm", request()) is None
    assert faults.rejected_tokens("fcm") == {"a": "", "b": "INTERNAL"}
    assert faults.rejected_tokens("apns") == {}


def test_a_quota_takes_requests_as_a_whole_until_it_is_used_up() -> None:
    faults = Faults(lambda _vendor, token: token)
    faults.set_plan(FaultPlan(quotas={"vivo": 5}))
    assert [faults.take_quota("vivo", pushes) for pushes in (3, 0, 3, 2, 1)] == [
        True,
        True,
        False,
        True,
        False,
    ]
    assert faults.take_quota("oppo", 1000)
