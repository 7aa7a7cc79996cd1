"""Devices register, change and delete their own terminals, and nothing else."""

from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta

import jwt
import pytest
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.devices import (
    Backend,
    bearer,
    device,
    register,
    registered,
    registration_token,
    set_app,
)
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock
from tests.support.redis_work import work

from pushgate.api.times import parse_instant
from pushgate.domain.app import App
from pushgate.sealing.sealer import Sealer


async def shown(clients: ApiClients, name: str) -> dict[str, object]:
    """A terminal as the backend sees it."""
    answer = await clients.shop.get(f"/v1/terminals/{name}")
    assert answer.status_code == 200, answer.text
    found: dict[str, object] = answer.json()
    return found


async def test_a_device_registers_itself_with_the_user_and_tags_of_its_token(clients: ApiClients) -> None:
    granted = await registration_token(clients.shop, user="ann", tags=["vip"])
    answer = await register(
        clients.anyone, "phone", granted, timezone="Asia/Tokyo", app_version="3.1", language="zh-Hans"
    )
    assert answer.status_code == 201
    body = answer.json()
    assert body.pop("device_secret").startswith("pgd_shop_")
    assert body == {
        "id": "phone",
        "vendor": "apns",
        "token": token(1),
        "language": "zh-Hans",
        "user": "ann",
        "timezone": "Asia/Tokyo",
        "app_version": "3.1",
        "opt_out": [],
        "warnings": [],
    }
    terminal = await shown(clients, "phone")
    assert (terminal["user"], terminal["tags"], terminal["attributes"]) == ("ann", ["vip"], {})


@pytest.mark.parametrize("field", ["user", "tags", "attributes", "last_seen", "registered_at", "id"])
async def test_a_device_sets_nothing_but_what_it_may(clients: ApiClients, field: str) -> None:
    granted = await registration_token(clients.shop, user="ann")
    body = device() | {field: "x"}
    answer = await clients.anyone.put("/v1/devices/phone", json=body, headers=bearer(granted))
    assert (answer.status_code, bad_fields(answer)) == (422, {field})
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    change = await clients.anyone.patch("/v1/devices/phone", json={field: "x"}, headers=bearer(secret))
    assert (change.status_code, bad_fields(change)) == (422, {field})
    if field == "user":
        assert change.json()["errors"][0]["message"].startswith("may only be null")


async def test_the_answer_to_a_device_has_nothing_that_the_backend_knows_of_it(clients: ApiClients) -> None:
    await clients.shop.put(
        "/v1/terminals/phone", json=device(user="ann", tags=["debtor"], attributes={"n": 1})
    )
    answer = await register(clients.anyone, "phone", await registration_token(clients.shop, user="ann"))
    assert answer.status_code == 200
    assert "debtor" not in answer.text
    terminal = await shown(clients, "phone")
    assert (terminal["tags"], terminal["attributes"]) == (["debtor"], {"n": 1})


async def test_a_token_is_valid_until_it_expires(clients: ApiClients, clock: SetClock) -> None:
    answer = await clients.shop.post("/v1/registration-tokens", json={"ttl": 60})
    assert parse_instant(answer.json()["expires_at"]) == clock.now() + timedelta(seconds=60)
    clock.advance(61)
    late = await register(clients.anyone, "phone", answer.json()["token"])
    assert (late.status_code, late.json()["code"]) == (401, "device_unauthorized")


@pytest.mark.parametrize(
    ("grant", "field"),
    [
        ({"ttl": 3601}, "ttl"),
        ({"ttl": 0}, "ttl"),
        ({"user": ""}, "user"),
        ({"tags": ["x" * 65]}, "tags.0"),
        ({"tags": ["x"] * 65}, "tags"),
        ({"terminal": "a b"}, "terminal"),
        ({"attributes": {}}, "attributes"),
    ],
)
async def test_a_bad_grant_is_refused(clients: ApiClients, grant: dict[str, object], field: str) -> None:
    answer = await clients.shop.post("/v1/registration-tokens", json=grant)
    assert (answer.status_code, bad_fields(answer)) == (422, {field})


async def test_a_key_that_may_not_write_terminals_makes_no_token(clients: ApiClients) -> None:
    answer = await clients.reader.post("/v1/registration-tokens", json={"user": "ann"})
    assert answer.status_code == 403


async def test_a_token_registers_one_terminal_as_often_as_answers_are_lost(clients: ApiClients) -> None:
    granted = await registration_token(clients.shop, user="ann")
    assert (await register(clients.anyone, "phone", granted)).status_code == 201
    assert (await register(clients.anyone, "phone", granted)).status_code == 200
    other = await register(clients.anyone, "tablet", granted, 2)
    assert (other.status_code, other.json()["code"]) == (401, "device_unauthorized")


async def test_a_token_without_a_user_registers_its_terminal_again_where_the_answer_was_lost(
    clients: ApiClients,
) -> None:
    granted = await registration_token(clients.shop)
    secrets = set()
    for status in (201, 200, 200, 200):
        answer = await register(clients.anyone, "phone", granted)
        assert answer.status_code == status, answer.text
        secrets.add(answer.json()["device_secret"])
    assert len(secrets) == 4
    other = await registration_token(clients.shop)
    assert (await register(clients.anyone, "phone", other)).status_code == 409


async def test_a_token_does_not_take_over_a_terminal_that_others_registered_anew(clients: ApiClients) -> None:
    granted = await registration_token(clients.shop)
    assert (await register(clients.anyone, "phone", granted)).status_code == 201
    assert (await clients.shop.delete("/v1/terminals/phone")).status_code in (200, 204)
    await registered(clients.shop, clients.anyone, "phone", user="bea")
    assert (await register(clients.anyone, "phone", granted)).status_code == 409


async def test_a_token_that_names_an_id_registers_that_one(clients: ApiClients) -> None:
    granted = await registration_token(clients.shop, user="ann", terminal="phone")
    assert (await register(clients.anyone, "tablet", granted)).status_code == 403
    assert (await register(clients.anyone, "phone", granted)).status_code == 201


async def test_a_refused_registration_does_not_use_the_token_up(clients: ApiClients) -> None:
    await registered(clients.shop, clients.anyone, "phone", user="bea")
    granted = await registration_token(clients.shop, user="ann")
    assert (await register(clients.anyone, "phone", granted)).status_code == 409
    assert (await register(clients.anyone, "other", granted, 2)).status_code == 201


async def test_a_known_id_needs_its_secret_or_a_token_of_the_same_user(clients: ApiClients) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    stranger = await registration_token(clients.shop, user="eve")
    nobody = await registration_token(clients.shop)
    same = await registration_token(clients.shop, user="ann")
    assert (await register(clients.anyone, "phone", stranger)).status_code == 409
    assert (await register(clients.anyone, "phone", nobody)).status_code == 409
    assert (await register(clients.anyone, "phone", same)).status_code == 200
    with_secret = await register(clients.anyone, "phone", stranger, device_secret=secret)
    assert with_secret.status_code == 200
    assert (await shown(clients, "phone"))["user"] == "eve"


async def test_a_terminal_without_a_user_is_nobodys_by_a_token_without_a_user(clients: ApiClients) -> None:
    await registered(clients.shop, clients.anyone, "phone")
    nobody = await registration_token(clients.shop)
    assert (await register(clients.anyone, "phone", nobody)).status_code == 409


async def test_the_secret_of_another_device_is_no_right_to_an_id(clients: ApiClients) -> None:
    await registered(clients.shop, clients.anyone, "phone", user="ann")
    other = await registered(clients.shop, clients.anyone, "other", 2, user="eve")
    stranger = await registration_token(clients.shop, user="eve")
    answer = await register(clients.anyone, "phone", stranger, device_secret=other)
    assert answer.status_code == 409


@pytest.mark.parametrize("written", ["x", "pgd_other_" + "0" * 48, "pgr_shop_" + "0" * 48])
async def test_what_is_no_device_secret_of_the_app_is_refused(clients: ApiClients, written: str) -> None:
    granted = await registration_token(clients.shop, user="ann")
    answer = await register(clients.anyone, "phone", granted, device_secret=written)
    assert (answer.status_code, bad_fields(answer)) == (422, {"device_secret"})


async def test_a_push_token_is_taken_over_only_by_a_token_that_names_a_user(clients: ApiClients) -> None:
    await clients.shop.put("/v1/terminals/victim", json=device(user="ann"))
    nobody = await register(clients.anyone, "phone", await registration_token(clients.shop))
    assert (nobody.status_code, nobody.json()["code"]) == (409, "conflict")
    assert (await shown(clients, "victim"))["user"] == "ann"
    named = await register(clients.anyone, "phone", await registration_token(clients.shop, user="eve"))
    assert named.status_code == 201
    assert (await clients.shop.get("/v1/terminals/victim")).status_code == 404


async def test_a_device_that_renews_its_token_takes_none_of_another_user(clients: ApiClients) -> None:
    await clients.shop.put("/v1/terminals/victim", json=device(user="ann"))
    secret = await registered(clients.shop, clients.anyone, "phone", 2, user="eve")
    change = {"token": token(1)}
    answer = await clients.anyone.patch("/v1/devices/phone", json=change, headers=bearer(secret))
    assert answer.status_code == 409
    assert (await shown(clients, "victim"))["token"] == token(1)
    assert (await shown(clients, "phone"))["token"] == token(2)


async def test_the_old_secret_holds_until_the_new_one_is_first_used(clients: ApiClients) -> None:
    old = await registered(clients.shop, clients.anyone, "phone", user="ann")
    new = await registered(clients.shop, clients.anyone, "phone", user="ann")
    assert old != new

    async def change(secret: str) -> int:
        answer = await clients.anyone.patch(
            "/v1/devices/phone", json={"app_version": "2"}, headers=bearer(secret)
        )
        return answer.status_code

    assert await change(old) == 200
    assert await change(old) == 200
    assert await change(new) == 200
    assert await change(old) == 401


async def test_a_device_opts_out_and_a_registration_keeps_that(clients: ApiClients) -> None:
    granted = await registration_token(clients.shop, user="ann")
    first = await register(clients.anyone, "phone", granted, opt_out=["news"])
    secret = first.json()["device_secret"]
    change = {"opt_out": {"add": ["marketing"]}}
    changed = await clients.anyone.patch("/v1/devices/phone", json=change, headers=bearer(secret))
    assert changed.json()["opt_out"] == ["marketing", "news"], changed.text
    await registered(clients.shop, clients.anyone, "phone", user="ann")
    assert (await shown(clients, "phone"))["opt_out"] == ["marketing", "news"]


async def test_a_device_renews_its_push_token_and_logs_its_user_out(
    clients: ApiClients, clock: SetClock
) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann", tags=["vip"])
    clock.advance(3600)
    change = {"token": token(7), "language": "de"}
    answer = await clients.anyone.patch("/v1/devices/phone", json=change, headers=bearer(secret))
    assert (answer.status_code, answer.json()["token"]) == (200, token(7))
    assert "device_secret" not in answer.json()
    out = await clients.anyone.patch("/v1/devices/phone", json={"user": None}, headers=bearer(secret))
    assert (out.status_code, out.json()["user"]) == (200, None)
    terminal = await shown(clients, "phone")
    assert (terminal["user"], terminal["tags"], terminal["language"]) == (None, ["vip"], "de")
    assert (await clients.context.stores.registry.read(App("shop"), "phone")).last_seen == clock.now()


async def test_a_device_deletes_itself(clients: ApiClients) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    assert (await clients.anyone.delete("/v1/devices/phone", headers=bearer(secret))).status_code == 204
    assert (await clients.shop.get("/v1/terminals/phone")).status_code == 404
    again = await clients.anyone.delete("/v1/devices/phone", headers=bearer(secret))
    assert again.status_code == 401


async def test_a_device_acts_for_no_other(clients: ApiClients) -> None:
    await registered(clients.shop, clients.anyone, "victim", user="ann")
    secret = await registered(clients.shop, clients.anyone, "phone", 2, user="eve")
    change = await clients.anyone.patch("/v1/devices/victim", json={"user": None}, headers=bearer(secret))
    removal = await clients.anyone.delete("/v1/devices/victim", headers=bearer(secret))
    assert (change.status_code, removal.status_code) == (401, 401)
    assert change.json()["code"] == "device_unauthorized"
    assert (await shown(clients, "victim"))["user"] == "ann"


async def test_a_secret_opens_nothing_in_another_app(clients: ApiClients) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    await clients.other.put("/v1/terminals/phone", json=device(user="ann"))
    elsewhere = secret.replace("pgd_shop_", "pgd_other_")
    answer = await clients.anyone.delete("/v1/devices/phone", headers=bearer(elsewhere))
    assert answer.status_code == 401
    assert (await clients.other.get("/v1/terminals/phone")).status_code == 200


async def test_a_secret_is_no_key_and_a_key_is_no_secret(clients: ApiClients) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    read = await clients.anyone.get("/v1/terminals/phone", headers=bearer(secret))
    assert (read.status_code, read.json()["code"]) == (401, "unauthorized")
    by_key = await clients.shop.put("/v1/devices/phone", json=device())
    assert (by_key.status_code, by_key.json()["code"]) == (401, "device_unauthorized")
    by_secret = await register(clients.anyone, "phone", secret)
    assert by_secret.status_code == 401


@pytest.mark.parametrize(
    "credential",
    [
        None,
        "",
        "x",
        "pgr_shop_" + "0" * 48,
        "pgr_nobody_" + "0" * 48,
        "pgr_shop_" + "0" * 10_000,
        "pga_shop_000000000000",
        "a.b.c",
        "." * 3000,
        "é" * 48,
    ],
)
async def test_a_forged_token_is_refused(clients: ApiClients, credential: str | None) -> None:
    headers = {} if credential is None else {b"Authorization": f"Bearer {credential}".encode()}
    answer = await clients.anyone.put("/v1/devices/phone", json=device(), headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_unauthorized")
    assert (await clients.shop.get("/v1/terminals/phone")).status_code == 404


async def test_a_secret_stays_when_the_backend_registers_the_device(clients: ApiClients) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    await clients.shop.put("/v1/terminals/phone", json=device(3, user="ann"))
    assert (await clients.anyone.delete("/v1/devices/phone", headers=bearer(secret))).status_code == 204


async def test_an_erased_user_takes_the_secrets_along(clients: ApiClients) -> None:
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    assert (await clients.other.delete("/v1/users/ann")).status_code == 200
    erased = await clients.shop.delete("/v1/users/ann")
    assert erased.status_code == 200, erased.text
    answer = await clients.anyone.patch("/v1/devices/phone", json={"language": "de"}, headers=bearer(secret))
    assert answer.status_code == 401


async def test_huge_inputs_are_refused(clients: ApiClients) -> None:
    granted = await registration_token(clients.shop, user="ann")
    huge = await register(clients.anyone, "phone", granted, app_version="x" * 20_000)
    assert huge.status_code == 413
    long_id = await register(clients.anyone, "x" * 129, granted)
    assert (long_id.status_code, bad_fields(long_id)) == (422, {"terminal_id"})
    long_token = await clients.anyone.put(
        "/v1/devices/phone", json=device() | {"token": "a" * 4097}, headers=bearer(granted)
    )
    assert (long_token.status_code, bad_fields(long_token)) == (422, {"token"})
    secret = await registered(clients.shop, clients.anyone, "phone", user="ann")
    change = {"timezone": "x" * 20_000}
    answer = await clients.anyone.patch("/v1/devices/phone", json=change, headers=bearer(secret))
    assert answer.status_code == 413


async def test_no_secret_is_in_the_log_or_in_an_error(
    clients: ApiClients, capsys: pytest.CaptureFixture[str]
) -> None:
    granted = await registration_token(clients.shop, user="ann")
    first = await register(clients.anyone, "phone", granted)
    secret = first.json()["device_secret"]
    stranger = await registration_token(clients.shop, user="eve")
    answers = [
        await register(clients.anyone, "phone", stranger),
        await register(clients.anyone, "phone", stranger, device_secret=secret[:-1]),
        await register(clients.anyone, "tablet", granted, 2),
        await clients.anyone.patch("/v1/devices/x", json={"user": None}, headers=bearer(secret)),
        await clients.anyone.patch("/v1/devices/phone", json={"x": secret}, headers=bearer(secret)),
    ]
    printed = capsys.readouterr()
    texts = [printed.out, printed.err, *(answer.text for answer in answers)]
    for clear in (granted, secret, stranger, token(1)):
        assert not any(clear in text or clear.rpartition("_")[2] in text for text in texts)


async def test_a_registration_is_one_script_more_than_that_of_the_backend(clients: ApiClients) -> None:
    redis = clients.context.redis

    async def scripts(doing: Awaitable[object]) -> int:
        done = await work(redis, doing)
        return done.calls.get("evalsha", 0) + done.calls.get("eval", 0)

    for number in (1, 2):  # the first calls load the scripts
        granted = await registration_token(clients.shop, user="ann")
        body = device(10 + number)
        by_backend = await scripts(clients.shop.put(f"/v1/terminals/t-{number}", json=body))
        by_device = await scripts(register(clients.anyone, f"phone-{number}", granted, number))
    assert by_device <= by_backend + 1


def wrong_credentials(app: str) -> list[str]:
    """A credential of each kind that is not right, whether there is such an app or not."""
    unknown = jwt.encode({"jti": "1"}, "k" * 32, "HS256", {"kid": f"{app}.{'0' * 16}"})
    return [f"pgr_{app}_{'0' * 48}", f"pgd_{app}_{'0' * 48}", f"pga_{app}_{'0' * 12}", unknown]


async def test_a_wrong_credential_tells_nobody_which_apps_there_are(clients: ApiClients) -> None:
    async def answers(app: str, number: int) -> list[tuple[int, str]]:
        headers, found = bearer(wrong_credentials(app)[number]), []
        for method, path, body in (
            ("PUT", "/v1/devices/phone", device()),
            ("PUT", "/v1/devices/phone", {"vendor": 1}),
            ("PATCH", "/v1/devices/phone", {"language": "de"}),
            ("PATCH", "/v1/devices/phone", {}),
            ("DELETE", "/v1/devices/phone", None),
            ("DELETE", "/v1/devices/a b", None),
        ):
            answer = await clients.anyone.request(method, path, json=body, headers=headers)
            assert 400 <= answer.status_code < 500
            found.append((answer.status_code, answer.text))
        return found

    for number in range(4):
        assert await answers("shop", number) == await answers("nowhere", number)


async def test_a_device_learns_nothing_of_master_keys(clients: ApiClients, clock: SetClock) -> None:
    backend = await Backend.hs256(clients.other, clock)
    keyless = with_context(clients, replace(clients.context, sealer=Sealer(None)))
    set_app(clients, "shop", vendors={}, unreadable={"apns": "0a1b2c3d"})
    secret = await registration_token(clients.shop)
    for answer in (
        await register(keyless.anyone, "phone", backend.sign()),
        await register(clients.anyone, "phone", secret),
    ):
        assert (answer.status_code, answer.json()["code"]) == (503, "sealed_elsewhere")
        assert answer.headers["retry-after"] == "5"
        assert answer.json()["detail"] == "the gateway cannot check this request now; try again later"
