"""Keys with which backends sign registration tokens."""

import asyncio
import base64
from collections import Counter
from dataclasses import replace

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from tests.support.api.clients import ApiClients, with_context
from tests.support.api.devices import Backend
from tests.support.api.problems import bad_fields
from tests.support.clock import SetClock

from pushgate.sealing.sealer import Sealer

SECRET = base64.b64encode(bytes(32)).decode()


def public_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


P256, P384, K256 = (ec.generate_private_key(curve()) for curve in (ec.SECP256R1, ec.SECP384R1, ec.SECP256K1))
ED25519, RSA = ed25519.Ed25519PrivateKey.generate(), rsa.generate_private_key(65537, 2048)
PRIVATE = P256.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"algorithm": "none"}, "algorithm"),
        ({"algorithm": "RS256", "public_key": "x"}, "algorithm"),
        ({"algorithm": "ES256"}, "public_key"),
        ({"algorithm": "HS256"}, "secret"),
        ({"algorithm": "ES256", "public_key": public_pem(P256), "secret": SECRET}, "secret"),
        ({"algorithm": "HS256", "public_key": public_pem(P256), "secret": SECRET}, "public_key"),
        ({"algorithm": "ES256", "public_key": "x"}, "public_key"),
        ({"algorithm": "ES256", "public_key": PRIVATE}, "public_key"),
        (
            {"algorithm": "ES256", "public_key": public_pem(ec.generate_private_key(ec.SECP384R1()))},
            "public_key",
        ),
        (
            {"algorithm": "ES256", "public_key": public_pem(ec.generate_private_key(ec.SECP256K1()))},
            "public_key",
        ),
        (
            {"algorithm": "ES256", "public_key": public_pem(ed25519.Ed25519PrivateKey.generate())},
            "public_key",
        ),
        (
            {"algorithm": "ES256", "public_key": public_pem(rsa.generate_private_key(65537, 2048))},
            "public_key",
        ),
        ({"algorithm": "ES256", "public_key": "x" * 4097}, "public_key"),
        ({"algorithm": "HS256", "secret": base64.b64encode(bytes(31)).decode()}, "secret"),
        ({"algorithm": "HS256", "secret": base64.b64encode(bytes(257)).decode()}, "secret"),
        ({"algorithm": "HS256", "secret": "not base64 at all, and long enough to be one"}, "secret"),
        ({"algorithm": "HS256", "secret": SECRET, "name": "x" * 201}, "name"),
        ({"algorithm": "HS256", "secret": SECRET, "kid": "x"}, "kid"),
    ],
)
async def test_a_bad_key_is_refused_and_never_repeated(
    clients: ApiClients, body: dict[str, str], field: str
) -> None:
    answer = await clients.other.post("/v1/registration-keys", json=body)
    assert (answer.status_code, bad_fields(answer)) == (422, {field})
    assert not any(len(value) > 20 and value in answer.text for value in body.values())


async def test_a_key_needs_the_scope_admin(clients: ApiClients) -> None:
    body = {"algorithm": "HS256", "secret": SECRET}
    assert (await clients.shop.post("/v1/registration-keys", json=body)).status_code == 403
    assert (await clients.shop.get("/v1/registration-keys")).status_code == 403
    assert (await clients.shop.delete("/v1/registration-keys/x")).status_code == 403


async def test_an_app_has_its_own_keys(clients: ApiClients, clock: SetClock) -> None:
    first = await Backend.es256(clients.other, clock)
    clock.advance(1)
    second = await Backend.hs256(clients.other, clock)
    assert (await clients.other.get("/v1/registration-keys")).json() == {"keys": [first.key, second.key]}
    assert first.key["kid"].startswith("other.")


async def test_an_app_has_a_bounded_number_of_keys(clients: ApiClients, clock: SetClock) -> None:
    for _ in range(10):
        await Backend.hs256(clients.other, clock)
    body = {"algorithm": "HS256", "secret": SECRET}
    assert (await clients.other.post("/v1/registration-keys", json=body)).status_code == 409


async def test_keys_that_are_added_at_once_are_not_too_many(clients: ApiClients) -> None:
    body = {"algorithm": "HS256", "secret": SECRET}
    answers = await asyncio.gather(
        *(clients.other.post("/v1/registration-keys", json=body) for _ in range(15))
    )
    assert Counter(answer.status_code for answer in answers) == {201: 10, 409: 5}


async def test_a_secret_is_not_stored_without_a_master_key(clients: ApiClients, clock: SetClock) -> None:
    keyless = with_context(clients, replace(clients.context, sealer=Sealer(None)))
    body = {"algorithm": "HS256", "secret": SECRET}
    answer = await keyless.other.post("/v1/registration-keys", json=body)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_master_key")
    await Backend.es256(keyless.other, clock)  # a public key is no secret


async def test_keys_are_in_the_audit_log(clients: ApiClients, clock: SetClock) -> None:
    backend = await Backend.hs256(clients.other, clock)
    await clients.other.delete(f"/v1/registration-keys/{backend.key['id']}")
    entries = (await clients.other.get("/v1/audit")).json()["entries"]
    assert {"registration_key.created", "registration_key.deleted"} <= {one["action"] for one in entries}
