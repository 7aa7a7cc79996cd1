"""Registration tokens that a backend signs: only what is signed with its registered key, for this
gateway and app, now and once.
"""

import asyncio
import base64
import json
from collections.abc import Mapping

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from tests.support.api.bodies import token
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.devices import Backend, register
from tests.support.clock import SetClock

HOUR = 3600


@pytest.fixture(params=["ES256", "HS256"])
async def backend(request: pytest.FixtureRequest, clients: ApiClients, clock: SetClock) -> Backend:
    """The backend of the app `other`, whose client has the scope admin."""
    make = Backend.es256 if request.param == "ES256" else Backend.hs256
    return await make(clients.other, clock)


async def refused(clients: ApiClients, credential: str) -> str:
    """A token is refused and changes nothing; returns why."""
    answer = await register(clients.anyone, "phone", credential)
    assert (answer.status_code, answer.json()["code"]) == (401, "device_unauthorized"), answer.text
    assert credential not in answer.text
    assert (await clients.other.get("/v1/terminals/phone")).status_code == 404
    return str(answer.json()["detail"])


def now(clock: SetClock) -> int:
    return int(clock.now().timestamp())


async def test_a_backend_signs_what_a_device_may_register(clients: ApiClients, backend: Backend) -> None:
    answer = await register(clients.anyone, "phone", backend.sign(user="ann", tags=["vip"], terminal="phone"))
    assert answer.status_code == 201, answer.text
    terminal = (await clients.other.get("/v1/terminals/phone")).json()
    assert (terminal["user"], terminal["tags"], terminal["token"]) == ("ann", ["vip"], token(1))


async def test_a_token_that_names_no_user_registers_a_device_without_one(
    clients: ApiClients, backend: Backend
) -> None:
    assert (await register(clients.anyone, "phone", backend.sign(user=None))).status_code == 201
    assert (await clients.other.get("/v1/terminals/phone")).json()["user"] is None


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"aud": None}, "lacks the claim aud"),
        ({"exp": None}, "lacks the claim exp"),
        ({"jti": None}, "lacks the claim jti"),
        ({"aud": "pushgate"}, "another audience"),
        ({"jti": ""}, "wrong claim"),
        ({"jti": "x" * 129}, "wrong claim"),
        ({"exp": "soon"}, "wrong claim"),
        ({"user": 17}, "wrong claim"),
        ({"user": "x" * 257}, "wrong claim"),
        ({"user": "a\x00b"}, "wrong claim"),
        ({"user": "\ud800"}, "wrong claim"),
        ({"jti": "\ud800"}, "wrong claim"),
        ({"iss": "\udfff"}, "wrong claim"),
        ({"tags": ["\ud800"]}, "wrong claim"),
        ({"tags": "vip"}, "wrong claim"),
        ({"tags": [""]}, "wrong claim"),
        ({"tags": ["x"] * 65}, "wrong claim"),
        ({"terminal": "a b"}, "wrong claim"),
        ({"terminal": "phone\n"}, "wrong claim"),
        ({"sub": "ann"}, "wrong claim"),
        ({"attributes": {"plan": "gold"}}, "wrong claim"),
    ],
    ids=str,
)
async def test_a_token_with_wrong_claims_is_refused(
    clients: ApiClients, backend: Backend, changes: dict[str, object], reason: str
) -> None:
    assert reason in await refused(clients, backend.sign(changes=changes))


@pytest.mark.parametrize(
    ("seconds", "is_good"), [(0, False), (-1, False), (1, True), (HOUR, True), (HOUR + 61, False)]
)
async def test_a_token_expires_within_an_hour(
    clients: ApiClients, backend: Backend, clock: SetClock, *, seconds: int, is_good: bool
) -> None:
    answer = await register(clients.anyone, "phone", backend.sign(exp=now(clock) + seconds))
    assert answer.status_code == (201 if is_good else 401)


@pytest.mark.parametrize("exp", [float("inf"), float("nan"), 1e308, 10**400, -1e308])
async def test_no_number_whatever_lets_a_token_live_longer(
    clients: ApiClients, backend: Backend, exp: float
) -> None:
    await refused(clients, backend.sign(exp=exp))


async def test_a_token_is_not_valid_before_its_time(
    clients: ApiClients, backend: Backend, clock: SetClock
) -> None:
    assert "not valid yet" in await refused(clients, backend.sign(nbf=now(clock) + 120))
    assert (await register(clients.anyone, "phone", backend.sign(nbf=now(clock) - 1))).status_code == 201


async def test_the_audience_names_the_gateway_and_the_app_and_nothing_else(
    clients: ApiClients, backend: Backend
) -> None:
    audience = backend.key["audience"]
    gateway, _, app = audience.rpartition(":")
    assert app == "other"
    for wrong in (
        f"{gateway}:shop",
        f"pushgate:elsewhere:{app}",
        [audience],
        [audience, "mail"],
        f"{audience} ",
    ):
        await refused(clients, backend.sign(aud=wrong))


async def test_the_key_of_another_app_opens_nothing(clients: ApiClients, clock: SetClock) -> None:
    backend = await Backend.hs256(clients.other, clock)
    elsewhere = backend.key["audience"].replace(":other", ":shop")
    key_id = backend.key["id"]
    await refused(clients, backend.sign(aud=elsewhere))
    await refused(clients, backend.sign(headers={"kid": f"shop.{key_id}"}, aud=elsewhere))
    assert (await clients.shop.get("/v1/terminals/phone")).status_code == 404


def unsigned(header: Mapping[str, object], claims: Mapping[str, object], signature: bytes = b"") -> str:
    """A token with any header."""
    parts = (json.dumps(header).encode(), json.dumps(claims).encode(), signature)
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


@pytest.mark.parametrize(
    "alg", ["none", "None", "NONE", "HS384", "HS512", "RS256", "ES384", "PS256", "", None, 1]
)
async def test_the_header_does_not_choose_the_algorithm(
    clients: ApiClients, backend: Backend, alg: object
) -> None:
    header = {"alg": alg, "kid": backend.key["kid"], "typ": "JWT"}
    await refused(clients, unsigned(header, backend.claims()))
    await refused(clients, unsigned(header, backend.claims(), b"0" * 64))


async def test_a_public_key_is_no_secret_of_hs256(clients: ApiClients, clock: SetClock) -> None:
    backend = await Backend.es256(clients.other, clock)
    (stored,) = (await clients.context.redis.hgetall("{q}:registration-keys:other")).values()
    pem = json.loads(stored)["public_key"]
    # PyJWT itself refuses to sign so.
    claims = backend.claims()
    header = {"alg": "HS256", "kid": backend.key["kid"], "typ": "JWT"}
    head = unsigned(header, claims).rpartition(".")[0]
    for secret in (pem, pem.strip(), pem.replace("\n", "\\n")):
        signature = jwt.get_algorithm_by_name("HS256").sign(head.encode(), secret.encode())
        forged = f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}"
        await refused(clients, forged)


async def test_a_key_of_hs256_takes_no_signature_of_es256(clients: ApiClients, clock: SetClock) -> None:
    backend = await Backend.hs256(clients.other, clock)
    own = ec.generate_private_key(ec.SECP256R1())
    claims, headers = backend.claims(), {"kid": backend.key["kid"]}
    await refused(clients, jwt.encode(claims, own, "ES256", headers))


async def test_another_key_signs_nothing(clients: ApiClients, backend: Backend) -> None:
    stranger = ec.generate_private_key(ec.SECP256R1()) if backend.key["algorithm"] == "ES256" else b"x" * 32
    forged = jwt.encode(backend.claims(), stranger, backend.key["algorithm"], {"kid": backend.key["kid"]})
    await refused(clients, forged)


@pytest.mark.parametrize(
    "headers",
    [
        {"jwk": {"kty": "oct", "k": "AAAA"}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"crit": ["exp"]},
        {"b64": False},
        {"kid": "other.0000000000000000"},
        {"kid": "../../etc/passwd"},
        {"kid": "other"},
        {"kid": ""},
    ],
    ids=str,
)
async def test_a_header_brings_no_key(
    clients: ApiClients, backend: Backend, headers: dict[str, object]
) -> None:
    header = {"alg": backend.key["algorithm"], "kid": backend.key["kid"], **headers}
    head = unsigned(header, backend.claims()).rpartition(".")[0]
    if backend.key["algorithm"] == "HS256":
        algorithm: jwt.algorithms.Algorithm = jwt.algorithms.HMACAlgorithm(
            jwt.algorithms.HMACAlgorithm.SHA256
        )
    else:
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
    signature = algorithm.sign(head.encode(), algorithm.prepare_key(backend.private_key))
    await refused(clients, f"{head}.{base64.urlsafe_b64encode(signature).rstrip(b'=').decode()}")


async def test_any_change_to_a_token_is_noticed(clients: ApiClients, backend: Backend) -> None:
    head, claims, signature = backend.sign().split(".")
    richer = base64.urlsafe_b64encode(json.dumps(backend.claims(user="bea")).encode()).rstrip(b"=").decode()
    await refused(clients, f"{head}.{richer}.{signature}")
    await refused(clients, f"{head}.{claims}.{signature[:-4]}AAAA")
    await refused(clients, f"{head}.{claims}.")


async def test_huge_tokens_are_refused(clients: ApiClients, backend: Backend) -> None:
    await refused(clients, backend.sign(tags=["x" * 64] * 64))
    deep = base64.urlsafe_b64encode(b"[" * 2000).rstrip(b"=").decode()
    head, _, signature = backend.sign().split(".")
    await refused(clients, f"{deep}.{deep[:500]}.{signature}")
    await refused(clients, f"{head}.{deep[:2000]}.{signature}")


async def test_a_token_is_used_once_whatever_process_takes_it(clients: ApiClients, backend: Backend) -> None:
    elsewhere = with_context(clients, clients.context)
    signed = backend.sign()
    assert (await register(clients.anyone, "phone", signed)).status_code == 201
    again = await register(elsewhere.anyone, "tablet", signed, 2)
    assert (again.status_code, again.json()["code"]) == (401, "device_unauthorized")
    # The same id with other claims is the same use.
    other = await register(elsewhere.anyone, "tablet", backend.sign(user="eve"), 2)
    assert other.status_code == 401
    lost = await register(elsewhere.anyone, "phone", signed)
    assert lost.status_code == 200
    assert (await register(elsewhere.anyone, "tablet", backend.sign(jti="j-2"), 2)).status_code == 201


async def test_of_two_devices_with_one_token_at_once_one_registers(
    clients: ApiClients, backend: Backend
) -> None:
    elsewhere = with_context(clients, clients.context)
    for attempt in range(5):
        signed = backend.sign(jti=f"j-{attempt}", user=f"u-{attempt}")
        answers = await asyncio.gather(
            register(clients.anyone, f"phone-{attempt}", signed, 2 * attempt),
            register(elsewhere.anyone, f"tablet-{attempt}", signed, 2 * attempt + 1),
        )
        assert sorted(answer.status_code for answer in answers) == [201, 401]


async def test_a_removed_key_signs_nothing_any_more(clients: ApiClients, backend: Backend) -> None:
    path = f"/v1/registration-keys/{backend.key['id']}"
    assert (await clients.other.delete(path)).status_code == 204
    assert (await clients.other.delete(path)).status_code == 404
    await refused(clients, backend.sign())


async def test_secrets_are_stored_sealed_and_shown_to_nobody(clients: ApiClients, backend: Backend) -> None:
    signed = backend.sign()
    secret = (await register(clients.anyone, "phone", signed)).json()["device_secret"]
    listed = await clients.other.get("/v1/registration-keys")
    assert listed.json()["keys"] == [backend.key]
    dumped = b""
    async for key in clients.context.redis.scan_iter("*"):
        dumped += key + (await clients.context.redis.dump(key) or b"")
    for clear in (signed, secret, secret.rpartition("_")[2], signed.rpartition(".")[2]):
        assert clear.encode() not in dumped
    if isinstance(backend.private_key, bytes):
        assert backend.private_key not in dumped
        assert base64.b64encode(backend.private_key) not in dumped
    else:
        assert "PRIVATE" not in listed.text
