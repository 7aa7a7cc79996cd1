"""Reports with the device secret are those of the terminal's own device. Where the app wants proof,
others do not count.
"""

import json
from urllib.parse import urlencode

import pytest
from tests.support.api.clients import ApiClients
from tests.support.api.devices import bearer, register, registered, registration_token, set_app
from tests.support.api.receipts import TOKENS, accepted_message, post_callback, read_results
from tests.support.clock import SetClock


async def message_of(clients: ApiClients, clock: SetClock) -> str:
    """A message that t-0 to t-19 accepted; returns its callback token."""
    return clients.context.callbacks.sign("shop", await accepted_message(clients, clock, "xiaomi"))


async def secret_of(clients: ApiClients, number: int) -> str:
    """The device secret that t-<number> gets."""
    await clients.shop.patch(f"/v1/terminals/t-{number}", json={"user": f"u-{number}"})
    granted = await registration_token(clients.shop, user=f"u-{number}")
    answer = await clients.anyone.put(
        f"/v1/devices/t-{number}",
        json={"vendor": "xiaomi", "token": TOKENS[number], "language": "en"},
        headers=bearer(granted),
    )
    assert answer.status_code == 200, answer.text
    return str(answer.json()["device_secret"])


async def clicked(clients: ApiClients, callback: str) -> int:
    return (await read_results(clients, callback.split(".")[1]))["clicked"]


@pytest.fixture(params=[False, True], ids=["proof optional", "proof required"])
async def proof_required(request: pytest.FixtureRequest, clients: ApiClients) -> bool:
    set_app(clients, "shop", require_device_proof=request.param)
    return bool(request.param)


async def test_a_device_proves_its_reports(
    clients: ApiClients, clock: SetClock, *, proof_required: bool
) -> None:
    callback = await message_of(clients, clock)
    secret = await secret_of(clients, 3)
    for path in ("click", "received"):
        for report in ({"token": callback, "terminal": "t-3"}, [{"token": callback, "terminal": "t-3"}] * 3):
            answer = await clients.anyone.post(f"/v1/callbacks/{path}", json=report, headers=bearer(secret))
            assert answer.status_code == 204, answer.text
    found = await read_results(clients, callback.split(".")[1])
    assert (found["clicked"], found["delivered"], found["unproven"]) == (1, 1, 0)


async def test_a_report_without_proof_counts_where_no_proof_is_wanted(
    clients: ApiClients, clock: SetClock, *, proof_required: bool
) -> None:
    callback = await message_of(clients, clock)
    report = {"token": callback, "terminal": "t-3"}
    for path in ("click", "received"):
        answer = await clients.anyone.post(f"/v1/callbacks/{path}", json=report)
        if proof_required:
            assert (answer.status_code, answer.json()["errors"][0]["field"]) == (403, "token")
            assert "device secret" in answer.json()["errors"][0]["message"]
        else:
            assert answer.status_code == 204
    assert await clicked(clients, callback) == (0 if proof_required else 1)


async def test_a_device_reports_for_no_other(
    clients: ApiClients, clock: SetClock, *, proof_required: bool
) -> None:
    callback = await message_of(clients, clock)
    secret = await secret_of(clients, 3)
    other = {"token": callback, "terminal": "t-4"}
    answer = await clients.anyone.post("/v1/callbacks/click", json=other, headers=bearer(secret))
    assert (answer.status_code, answer.json()["code"]) == (401, "device_unauthorized")
    mixed = [{"token": callback, "terminal": "t-3"}, other]
    answer = await clients.anyone.post("/v1/callbacks/click", json=mixed, headers=bearer(secret))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (403, "1.terminal")
    assert await clicked(clients, callback) == 1  # its own


async def test_a_secret_of_another_app_proves_nothing(clients: ApiClients, clock: SetClock) -> None:
    callback = await message_of(clients, clock)
    secret = await registered(clients.other, clients.anyone, "t-3", 5, user="ann")
    report = {"token": callback, "terminal": "t-3"}
    answer = await clients.anyone.post("/v1/callbacks/click", json=report, headers=bearer(secret))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (403, "terminal")
    assert await clicked(clients, callback) == 0


async def test_a_wrong_credential_is_refused_though_none_is_needed(
    clients: ApiClients, clock: SetClock
) -> None:
    callback = await message_of(clients, clock)
    report = {"token": callback, "terminal": "t-3"}
    secret = await secret_of(clients, 3)
    granted = await registration_token(clients.shop, user="ann")
    for wrong in ("x", "pgd_shop_" + "0" * 48, granted, secret[:-1], secret.replace("shop", "other")):
        answer = await clients.anyone.post("/v1/callbacks/click", json=report, headers=bearer(wrong))
        assert (answer.status_code, answer.json()["code"]) == (401, "device_unauthorized")
    assert await clicked(clients, callback) == 0


async def test_clicks_that_a_vendor_reports_are_unproven_where_proof_is_wanted(
    clients: ApiClients, clock: SetClock, *, proof_required: bool
) -> None:
    callback = await message_of(clients, clock)
    message_id = callback.split(".")[1]
    told = {"a": {"param": message_id, "type": 2, "targets": ",".join(TOKENS[:3]), "timestamp": 1}}
    body = urlencode({"data": json.dumps(told)}).encode()
    for _ in range(2):
        assert (await post_callback(clients, "xiaomi", body)).status_code == 200
    found = await read_results(clients, message_id)
    assert (found["clicked"], found["unproven"]) == ((0, 3) if proof_required else (3, 0))
    listed = await clients.shop.get(f"/v1/messages/{message_id}/terminals?state=unproven")
    assert len(listed.json()["terminals"]) == found["unproven"]
    explained = await clients.shop.get(f"/v1/messages/{message_id}/terminals/t-0")
    assert explained.json()["push"]["unproven"] == proof_required


async def test_unproven_clicks_on_nobody_are_counted_as_clicks(clients: ApiClients, clock: SetClock) -> None:
    set_app(clients, "shop", require_device_proof=True)
    message_id = await accepted_message(clients, clock, "xiaomi")
    told = {"a": {"param": message_id, "type": 2, "targets": "nobody", "timestamp": 1}}
    body = urlencode({"data": json.dumps(told)}).encode()
    assert (await post_callback(clients, "xiaomi", body)).status_code == 200
    results = (await clients.shop.get(f"/v1/messages/{message_id}/results")).json()
    assert results["unknown_reports"]["clicked"] == 1


async def test_an_api_key_is_no_proof_and_no_harm(
    clients: ApiClients, clock: SetClock, *, proof_required: bool
) -> None:
    report = {"token": await message_of(clients, clock), "terminal": "t-3"}
    answer = await clients.shop.post("/v1/callbacks/click", json=report)
    assert answer.status_code == (403 if proof_required else 204)


async def test_a_device_proves_its_reports_on_small_messages(clients: ApiClients, clock: SetClock) -> None:
    set_app(clients, "shop", require_device_proof=True)
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    assert (await register(clients.anyone, "x", secret)).status_code == 401
    body = {"content": {"en": {"title": "t", "body": "b"}}, "audience": {"terminals": ["phone"]}}
    message_id = (await clients.shop.post("/v1/messages", json=body)).json()["id"]
    report = {"token": clients.context.callbacks.sign("shop", message_id), "terminal": "phone"}
    assert (await clients.anyone.post("/v1/callbacks/click", json=report)).status_code == 403
    answer = await clients.anyone.post("/v1/callbacks/click", json=report, headers=bearer(secret))
    assert answer.status_code == 204
