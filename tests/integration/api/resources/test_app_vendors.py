"""Vendors' sections of apps through the API: tried at the vendor, stored sealed, live at once."""

import json
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.problems import bad_fields
from tests.support.app_documents import XIAOMI, by_contents
from tests.support.apps import live_apps_of
from tests.support.sandbox import Sandbox
from tests.support.sealing import sealer_of

from pushgate.adapters.vendor_settings import fingerprint
from pushgate.apps.administration import AppAdministration
from pushgate.domain.errors import VendorAuthError
from pushgate.fleet.credential_use import Refusal
from pushgate.worker.circuit_breaker import CircuitBreaker
from pushgate.worker.route import Route

URL = "/v1/apps/fresh/vendors"
NO_CHECK = "?check=false"


@pytest.fixture
async def fresh(clients: ApiClients) -> ApiClients:
    """An app that the API made."""
    assert (await clients.operator.put("/v1/apps/fresh", json={})).status_code == 201
    return clients


async def test_a_section_is_tried_stored_and_live(fresh: ApiClients, sandbox: Sandbox) -> None:
    fcm = by_contents(sandbox.sections()["fcm"])
    stored = await fresh.operator.put(f"{URL}/fcm", json=fcm)
    assert stored.status_code == 200, stored.text
    body = stored.json()
    assert body["confirmed"] is True
    assert body["credentials"] == {
        "service_account": {"fingerprint": fingerprint(str(fcm["service_account"])), "expires_at": None}
    }
    assert "service_account" not in body["settings"]
    assert body["settings"]["endpoint"] == fcm["endpoint"]
    assert fresh.context.catalog.vendor("fresh", "fcm") is not None
    assert (await fresh.operator.get("/v1/apps/fresh")).json()["vendors"] == ["fcm"]
    shown = (await fresh.operator.get(f"{URL}/fcm")).json()
    assert shown == {name: value for name, value in body.items() if name != "confirmed"}
    assert (await fresh.operator.get(URL)).json() == {"vendors": [shown]}
    private_key = json.loads(str(fcm["service_account"]))["private_key"]
    assert private_key[40:80] not in str(await fresh.context.redis.hgetall("{q}:app-settings"))


async def test_a_credential_that_the_vendor_refuses_is_not_stored(
    fresh: ApiClients, sandbox: Sandbox
) -> None:
    huawei = {**by_contents(sandbox.sections()["huawei"]), "app_secret": "wrong"}
    refused = await fresh.operator.put(f"{URL}/huawei", json=huawei)
    assert (refused.status_code, bad_fields(refused)) == (422, {"check"}), refused.text
    assert "wrong" not in refused.text
    assert (await fresh.operator.get(f"{URL}/huawei")).status_code == 404
    untried = await fresh.operator.put(f"{URL}/huawei{NO_CHECK}", json=huawei)
    assert (untried.status_code, untried.json()["confirmed"]) == (200, None)


async def test_a_vendor_that_does_not_answer_leaves_the_section_unstored(fresh: ApiClients) -> None:
    huawei = {"app_id": "1", "app_secret": "s", "token_endpoint": "https://127.0.0.1:1/token"}
    answer = await fresh.operator.put(f"{URL}/huawei", json=huawei)
    assert answer.status_code == 409, answer.text
    assert "could not be asked" in answer.json()["detail"]
    assert (await fresh.operator.get(URL)).json() == {"vendors": []}


async def test_bad_sections_are_refused_field_by_field(fresh: ApiClients) -> None:
    for vendor, section, fields in (
        ("xiaomi", {"package": "p"}, {"app_secret"}),
        ("xiaomi", {**XIAOMI, "colour": 1, "rate_limit": -1}, {"colour", "rate_limit"}),
        ("apns", {"topic": "t", "team_id": "T", "key_id": "K", "key_file": "/etc/passwd"}, {"key_file"}),
        ("apns", {"topic": "t", "team_id": "T", "key_id": "K", "key": "no key"}, {"key"}),
        ("xiaomi", [], {"body"}),
    ):
        answer = await fresh.operator.put(f"{URL}/{vendor}{NO_CHECK}", json=section)
        assert (answer.status_code, bad_fields(answer)) == (422, fields), answer.text
    assert (await fresh.operator.put(f"{URL}/pigeon", json={})).status_code == 404
    assert (await fresh.operator.put("/v1/apps/nobody/vendors/xiaomi", json=XIAOMI)).status_code == 404


async def test_a_change_keeps_the_secrets_that_are_not_sent(fresh: ApiClients) -> None:
    before = (await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json={**XIAOMI, "rate_limit": 7})).json()
    changed = await fresh.operator.patch(f"{URL}/xiaomi{NO_CHECK}", json={"rate_limit": None, "package": "q"})
    assert changed.status_code == 200, changed.text
    assert changed.json()["credentials"] == before["credentials"]
    assert changed.json()["settings"] == {"package": "q"}
    assert (await fresh.operator.patch(f"{URL}/huawei", json={})).status_code == 404
    same = await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json={**XIAOMI, "package": "q"})
    assert same.json()["changed_at"] == changed.json()["changed_at"], "nothing has changed"


async def test_the_previous_section_is_kept_in_reserve_for_its_time(fresh: ApiClients) -> None:
    await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)
    old = fresh.context.catalog.vendor("fresh", "xiaomi")
    rotated = await fresh.operator.put(
        f"{URL}/xiaomi{NO_CHECK}&keep_previous=1h", json={**XIAOMI, "app_secret": "new"}
    )
    assert rotated.status_code == 200, rotated.text
    assert rotated.json()["previous"]["fingerprints"] == {"app_secret": fingerprint(XIAOMI["app_secret"])}
    new = fresh.context.catalog.vendor("fresh", "xiaomi")
    assert old is not None
    assert new is not None
    assert new.previous is not None
    assert new.previous.at == fresh.context.clock.now() + timedelta(hours=1)
    assert new.credentials["app_secret"].fingerprint == fingerprint("new")
    for text in ("1", "31d", "-1h", "1h30m"):
        answer = await fresh.operator.put(f"{URL}/xiaomi?keep_previous={text}", json=XIAOMI)
        assert (answer.status_code, bad_fields(answer)) == (422, {"keep_previous"}), answer.text


async def test_a_vendor_is_taken_from_an_app(fresh: ApiClients) -> None:
    await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)
    assert (await fresh.operator.delete(f"{URL}/xiaomi")).status_code == 204
    assert fresh.context.catalog.vendor("fresh", "xiaomi") is None
    assert (await fresh.operator.delete(f"{URL}/xiaomi")).status_code == 404


async def test_uses_and_refusals_are_shown(fresh: ApiClients) -> None:
    await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)
    now = fresh.context.clock.now()
    route = ("fresh", "xiaomi")
    await fresh.context.stores.credential_use.note({route: now}, {route: Refusal(now, "401", "refused")})
    shown = (await fresh.operator.get(f"{URL}/xiaomi")).json()
    assert shown["last_used_at"] == shown["last_refusal"]["at"]
    assert (shown["last_refusal"]["code"], shown["last_refusal"]["reason"]) == ("401", "refused")


async def test_the_address_at_which_the_vendor_reports_receipts_is_shown(fresh: ApiClients) -> None:
    put = await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)
    path = put.json()["receipt_path"]
    assert put.json()["receipt_url"] is None, "api.public_url is not set"
    reported = await fresh.anyone.post(path, content=b"data=%7B%7D")
    assert reported.status_code == 200, reported.text
    settings = fresh.context.settings.model_copy(update={"public_url": "https://push.example.com/p/"})
    served = with_context(fresh, replace(fresh.context, settings=settings))
    shown = (await served.operator.get(f"{URL}/xiaomi")).json()
    assert shown["receipt_path"] == path
    assert shown["receipt_url"] == f"https://push.example.com/p{path}"
    silent = (await served.other.get("/v1/apps/other/vendors/apns")).json()
    assert (silent["receipt_url"], silent["receipt_path"]) == (None, None), "APNs reports no receipts"


async def test_the_address_of_receipts_is_made_with_the_newest_key(fresh: ApiClients) -> None:
    before = (await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)).json()["receipt_path"]
    await fresh.context.callback_keys.rotate(timedelta(days=30))
    shown = (await fresh.operator.get(f"{URL}/xiaomi")).json()
    assert shown["receipt_path"] != before
    for path in (before, shown["receipt_path"]):
        assert (await fresh.anyone.post(path, content=b"data=%7B%7D")).status_code == 200


async def test_a_new_section_closes_the_breaker_that_the_one_before_had_opened(fresh: ApiClients) -> None:
    await fresh.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)
    context = fresh.context
    breaker, route = CircuitBreaker(context.redis, context.clock), Route("fresh", "xiaomi")
    for _ in range(5):
        await breaker.record_failure(route, VendorAuthError("401", "refused"))
    assert await context.stores.vendor_health.failures([("fresh", "xiaomi")])
    await fresh.operator.patch(f"{URL}/xiaomi{NO_CHECK}", json={"app_secret": "new"})
    assert not await context.stores.vendor_health.failures([("fresh", "xiaomi")])


async def test_sections_of_the_file_are_shown_without_their_secrets(clients: ApiClients) -> None:
    shown = (await clients.other.get("/v1/apps/other/vendors/apns")).json()
    assert shown["source"] == "file"
    assert shown["settings"]["key_file"].endswith("apns.p8")
    assert len(shown["credentials"]["key"]["fingerprint"]) == 16
    answers = (await clients.operator.get("/v1/apps/shop/vendors")).text
    for section in clients.context.catalog.apps["shop"].vendors.values():
        assert section.settings is not None
        for name in section.vendor.secrets:
            secret = getattr(section.settings, name)
            assert secret is None or secret.get_secret_value() not in answers


async def test_without_a_master_key_no_credential_is_stored(fresh: ApiClients) -> None:
    context = fresh.context
    live = live_apps_of(context.redis, context.catalog, context.apps.opening.context, sealer_of())
    administration = AppAdministration(live, allow_endpoints=True)
    keyless = with_context(fresh, replace(context, apps=live, administration=administration))
    answer = await keyless.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_master_key"), answer.text
    assert "secrets.key_file" in answer.json()["detail"]


async def test_other_addresses_than_the_vendors_own_need_the_operators_leave(fresh: ApiClients) -> None:
    administration = AppAdministration(fresh.context.apps, allow_endpoints=False)
    guarded = with_context(fresh, replace(fresh.context, administration=administration))
    section = {**XIAOMI, "endpoint": "https://10.0.0.1", "proxy": "http://10.0.0.1:3128"}
    answer = await guarded.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=section)
    assert (answer.status_code, bad_fields(answer)) == (422, {"endpoint", "proxy"}), answer.text
    assert (await guarded.operator.put(f"{URL}/xiaomi{NO_CHECK}", json=XIAOMI)).status_code == 200
