"""Devices without a registration token register by the public id of their app, if the app allows
that.
"""

import pytest
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients
from tests.support.api.devices import bearer, device, register, registered, registration_token, set_app
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.domain.app import App


@pytest.fixture
def public_id(clients: ApiClients) -> str:
    """The public id of an app that lets anonymous devices register."""
    set_app(clients, "shop", allow_anonymous=True)
    return clients.context.catalog.apps["shop"].public_id


async def is_anonymous(clients: ApiClients, name: str) -> bool:
    return (await clients.context.stores.registry.read(App("shop"), name)).is_anonymous


async def test_an_anonymous_device_registers_without_a_user(clients: ApiClients, public_id: str) -> None:
    answer = await register(clients.anyone, "phone", public_id)
    assert (answer.status_code, answer.json()["user"]) == (201, None)
    assert await is_anonymous(clients, "phone")
    secret = answer.json()["device_secret"]
    change = {"token": token(5)}
    assert (
        await clients.anyone.patch("/v1/devices/phone", json=change, headers=bearer(secret))
    ).status_code == 200
    assert await is_anonymous(clients, "phone")


async def test_no_app_takes_anonymous_devices_unless_it_says_so(clients: ApiClients) -> None:
    public_id = clients.context.catalog.apps["shop"].public_id
    answers = [
        await register(clients.anyone, "phone", credential)
        for credential in (public_id, "pga_shop_00000000", "pga_nobody_00000000")
    ]
    assert {answer.status_code for answer in answers} == {401}
    details = [answer.json()["detail"] for answer in answers[:2]]
    assert details[0] == details[1]


async def test_the_public_id_of_another_app_opens_nothing(clients: ApiClients, public_id: str) -> None:
    other = clients.context.catalog.apps["other"].public_id
    assert (await register(clients.anyone, "phone", other)).status_code == 401
    assert (await register(clients.anyone, "phone", public_id.replace("shop", "other"))).status_code == 401


async def test_a_public_id_changes_and_deletes_nothing(clients: ApiClients, public_id: str) -> None:
    await register(clients.anyone, "phone", public_id)
    change = await clients.anyone.patch(
        "/v1/devices/phone", json={"language": "de"}, headers=bearer(public_id)
    )
    removal = await clients.anyone.delete("/v1/devices/phone", headers=bearer(public_id))
    assert (change.status_code, removal.status_code) == (401, 401)


async def test_an_anonymous_device_takes_over_no_known_terminal(clients: ApiClients, public_id: str) -> None:
    await clients.shop.put("/v1/terminals/nobodys", json=device())
    secret = await registered(clients.shop, clients.anyone, "anns", 2, user="ann")
    assert (await register(clients.anyone, "nobodys", public_id)).status_code == 409
    assert (await register(clients.anyone, "anns", public_id, 2)).status_code == 409
    mine = await register(clients.anyone, "anns", public_id, 2, device_secret=secret)
    assert (mine.status_code, mine.json()["user"]) == (200, None)


async def test_an_anonymous_device_takes_no_push_token_of_a_user(clients: ApiClients, public_id: str) -> None:
    await clients.shop.put("/v1/terminals/victim", json=device(user="ann"))
    assert (await register(clients.anyone, "phone", public_id)).status_code == 409
    assert (await clients.shop.get("/v1/terminals/victim")).status_code == 200
    secret = (await register(clients.anyone, "phone", public_id, 2)).json()["device_secret"]
    change = {"token": token(1)}
    answer = await clients.anyone.patch("/v1/devices/phone", json=change, headers=bearer(secret))
    assert answer.status_code == 409
    assert (await clients.shop.get("/v1/terminals/victim")).status_code == 200


async def test_a_reinstalled_app_keeps_its_push_token(clients: ApiClients, public_id: str) -> None:
    assert (await register(clients.anyone, "before", public_id)).status_code == 201
    assert (await register(clients.anyone, "after", public_id)).status_code == 201
    assert (await clients.shop.get("/v1/terminals/before")).status_code == 404


async def test_a_token_or_the_backend_vouches_for_a_device(clients: ApiClients, public_id: str) -> None:
    secret = (await register(clients.anyone, "phone", public_id)).json()["device_secret"]
    granted = await registration_token(clients.shop, user="ann")
    assert (await register(clients.anyone, "phone", granted, device_secret=secret)).status_code == 200
    assert not await is_anonymous(clients, "phone")
    await register(clients.anyone, "tablet", public_id, 2)
    await clients.shop.patch("/v1/terminals/tablet", json={"tags": ["a"]})
    assert await is_anonymous(clients, "tablet")
    await clients.shop.patch("/v1/terminals/tablet", json={"user": "ann"})
    assert not await is_anonymous(clients, "tablet")


async def test_registrations_are_limited_by_client(
    clients: ApiClients, clock: SetClock, public_id: str
) -> None:
    set_app(clients, "shop", max_anonymous_registrations_per_client=3)
    statuses = [(await register(clients.anyone, f"phone-{n}", public_id, n)).status_code for n in range(5)]
    assert statuses == [201, 201, 201, 429, 429]
    late = await register(clients.anyone, "phone-3", public_id, 3)
    assert (late.json()["code"], late.headers["retry-after"]) == ("too_many_registrations", "60")
    granted = await registration_token(clients.shop, user="ann")
    assert (await register(clients.anyone, "phone-3", granted, 3)).status_code == 201
    clock.advance(20)
    assert (await register(clients.anyone, "phone-4", public_id, 4)).status_code == 201
    assert (await register(clients.anyone, "phone-5", public_id, 5)).status_code == 429


async def test_registrations_are_limited_by_app(clients: ApiClients, public_id: str) -> None:
    set_app(clients, "shop", max_anonymous_registrations=2)
    statuses = [(await register(clients.anyone, f"phone-{n}", public_id, n)).status_code for n in range(3)]
    assert statuses == [201, 201, 429]


async def test_an_app_made_by_the_api_takes_devices_as_it_is_set(clients: ApiClients) -> None:
    made = await clients.operator.put("/v1/apps/fresh", json={})
    public_id = made.json()["settings"]["public_id"]
    assert public_id.startswith("pga_fresh_")
    changes = {"allow_anonymous": True, "allowed_origins": ["https://fresh.example"]}
    changed = await clients.operator.patch("/v1/apps/fresh", json=changes)
    assert changed.json()["settings"]["public_id"] == public_id
    headers = {**bearer(public_id), "Origin": "https://fresh.example"}
    answer = await clients.anyone.put("/v1/devices/phone", json=device(), headers=headers)
    assert (answer.status_code, bad_fields(answer)) == (422, {"vendor"})  # it has none yet
    assert answer.headers["access-control-allow-origin"] == "https://fresh.example"
    given = await clients.operator.patch("/v1/apps/fresh", json={"public_id": "pga_fresh_0123456789"})
    assert given.json()["settings"]["public_id"] == "pga_fresh_0123456789"
    assert (await register(clients.anyone, "phone", public_id)).status_code == 401


async def test_an_app_of_the_file_shows_its_public_id(clients: ApiClients, public_id: str) -> None:
    shown = await clients.operator.get("/v1/apps/shop")
    assert shown.json()["settings"]["public_id"] == public_id
