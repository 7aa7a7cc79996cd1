"""HarmonyOS' live views."""

import pytest
from tests.support.adapters.rendering import (
    refused,
    rendered,
)
from tests.support.adapters.samples import push

ENDED = {"activity_id": 1, "operation": "end", "event": "TAXI", "type": 4}


BEGUN = {
    **ENDED, "operation": "create", "status": "CALLING", "content_title": "Taxi",
    "content_text": [{"text": "{{status}}"}],
}  # fmt: skip


@pytest.mark.parametrize(
    "live",
    [
        {**BEGUN, "status": None},
        {**BEGUN, "content_title": None},
        {**BEGUN, "content_text": None},
        {**BEGUN, "content_text": [{"text": "on its way"}]},
        {**BEGUN, "event": "SCORE"},
        {**BEGUN, "keep_time": 3601},
        {**BEGUN, "flight_no": "MU1", "train_no": "G1"},
        {**ENDED, "flight_no": "MU1"},
        {**ENDED, "keep_time": 3601},
        {**ENDED, "event": "PARTY"},
        {**ENDED, "operation": "stop"},
        {**ENDED, "activity_id": 2**31},
        {**ENDED, "rich_progress": {"progress": 1}},
        {**ENDED, "type": 3, "rich_progress": {"progress": 101}},
        {**ENDED, "type": 3, "rich_progress": {"nodeIcons": ["a"]}},
        {**ENDED, "extend": {"type": 5}},
        {**ENDED, "extend": {"type": 0, "tel": "1" * 21}},
        {**ENDED, "extend": {"type": 0, "tel": "1+1"}},
        {**ENDED, "extend": {"type": 0, "tel": "1", "uri": "shop://x"}},
        {**ENDED, "capsule": {"type": 1}},
        {**ENDED, "uri": "javascript:alert(1)"},
        {**ENDED, "share_url": "http://example.com"},
        {**ENDED, "extend": {"type": 0, "uri": "file:///etc"}},
    ],
)
def test_an_invalid_live_view_is_refused(live: dict[str, object]) -> None:
    """See docs/reference/vendors/harmony.md#options."""
    rendered("harmony", push(harmony={"push_type": "live_view", "live_view": BEGUN}))
    error = refused("harmony", push(harmony={"push_type": "live_view", "live_view": live}))
    assert error.field.startswith("options.harmony.live_view")


@pytest.mark.parametrize("live", [BEGUN, {**ENDED, "operation": "update"}, ENDED])
def test_keep_time_can_be_set_before_the_end(live: dict[str, object]) -> None:
    """What an update leaves out keeps its value. See docs/reference/vendors/harmony.md#options."""
    kept: dict[str, object] = {"push_type": "live_view", "live_view": {**live, "keep_time": 60}}
    made = rendered("harmony", push(harmony=kept))
    assert made["body"]["payload"]["activityData"]["notificationData"]["keepTime"] == 60  # type: ignore[index]  # JSON
