"""Caps, quiet hours and categories of an app are set by the API."""

from tests.support.api.clients import ApiClients
from tests.support.api.problems import bad_fields

LIMITS = {
    "timezone": "Asia/Shanghai",
    "categories": {"drop": "marketing"},
    "caps": {"drop": {"per_day": 2}},
    "quiet_hours": {"all": {"begin": "22:00", "end": "08:00", "then": "hold"}},
}


async def test_limits_of_an_app_are_set_and_shown(clients: ApiClients) -> None:
    made = await clients.operator.put("/v1/apps/made", json=LIMITS)
    assert made.status_code == 201, made.text
    shown = (await clients.operator.get("/v1/apps/made")).json()
    assert {name: shown["settings"][name] for name in LIMITS} == LIMITS
    changed = await clients.operator.patch("/v1/apps/made", json={"caps": {"news": {"per_day": 1}}})
    assert changed.status_code == 200, changed.text
    configured = clients.context.catalog.apps["made"]
    assert {name: cap.per_day for name, cap in configured.settings.caps.items()} == {"news": 1}
    assert configured.settings.quiet_hours_of("drop") == configured.settings.quiet_hours_of("")
    bad = await clients.operator.patch("/v1/apps/made", json={"caps": {"news": {"per_day": 99}}})
    assert bad.status_code == 422, bad.text
    assert bad_fields(bad) == {"caps.news.per_day"}
