"""The simulated APNs checks what Apple checks, and answers in Apple's form."""

import json
from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.utils import base64url_decode, base64url_encode, raw_to_der_signature
from tests.support.vendor_requests import NONE_REJECTED, NOW, json_request, raw_request

from pushgate.sandbox.exchange import SandboxRequest, SandboxResponse
from pushgate.sandbox.faults import FaultPlan, Faults
from pushgate.sandbox.key_files import private_key_pem
from pushgate.sandbox.registry import SimulatedVendors
from pushgate.sandbox.simulated_vendor import SandboxContext
from pushgate.sandbox.vendors.apns import Apns

TOKEN = "0f" * 32


@pytest.fixture(scope="module")
def apns(context: SandboxContext) -> Apns:
    return Apns(context)


def provider_token(apns: Apns, **changes: object) -> str:
    """A provider token whose signature has the form of RFC 7518."""
    claims = {"iss": apns.team_id, "iat": int(NOW.timestamp()), **changes}
    key_id = str(claims.pop("kid", apns.key_id))
    return jwt.encode(claims, apns.key_file.read_text("utf-8"), "ES256", {"kid": key_id})


def push_request(
    apns: Apns,
    body: object = None,
    path: str = f"/3/device/{TOKEN}",
    method: str = "POST",
    **headers: str | None,
) -> SandboxRequest:
    all_headers: dict[str, str | None] = {
        "authorization": f"bearer {provider_token(apns)}",
        "apns-topic": apns.topic,
        "apns-push-type": "alert",
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    payload = body or {"aps": {"alert": "x"}, "pushgate": "cb"}
    raw = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return raw_request(
        path, {name: value for name, value in all_headers.items() if value is not None}, raw, method
    )


def test_accepts_a_valid_push_and_repeats_its_id(apns: Apns) -> None:
    push_id = "123e4567-e89b-12d3-a456-426614174000"
    response = apns.respond(push_request(apns, apns_id=push_id), NONE_REJECTED)
    assert (response.status, response.headers["apns-id"]) == (200, push_id)
    assert (list(response.push.accepted), response.push.callback_token) == ([TOKEN], "cb")


def test_tells_since_when_a_token_is_dead(apns: Apns) -> None:
    for token, rejected in (("dead" + "0" * 60, NONE_REJECTED), (TOKEN, {TOKEN: ""})):
        response = apns.respond(push_request(apns, path=f"/3/device/{token}"), rejected)
        assert response.status == 410
        timestamp = int(NOW.timestamp() * 1000)
        assert json.loads(response.body) == {"reason": "Unregistered", "timestamp": timestamp}


def test_another_key_of_the_team_counts_once_it_is_in_the_folder(apns: Apns, context: SandboxContext) -> None:
    key = private_key_pem(generate_private_key(SECP256R1())).decode()
    claims = {"iss": apns.team_id, "iat": int(NOW.timestamp())}

    def status(key_id: str) -> int:
        token = jwt.encode(claims, key, "ES256", {"kid": key_id})
        return apns.respond(push_request(apns, authorization=f"bearer {token}"), NONE_REJECTED).status

    assert status("OTHER00001") == 403
    context.credentials.file("apns-OTHER00002.p8").write_text(key, "utf-8")
    assert [status("OTHER00002"), status("../OTHER00002"), status(apns.key_id)] == [200, 403, 403]


Change = Callable[[Apns], SandboxRequest]


def with_provider_token(**changes: object) -> Change:
    return lambda apns: push_request(apns, authorization=f"bearer {provider_token(apns, **changes)}")


REJECTIONS: list[tuple[int, str, Change]] = [
    (403, "MissingProviderToken", lambda a: push_request(a, authorization=None)),
    (403, "InvalidProviderToken", lambda a: push_request(a, authorization="bearer nonsense")),
    (403, "InvalidProviderToken", with_provider_token(iss="OTHER")),
    (403, "InvalidProviderToken", with_provider_token(kid="OTHER")),
    (403, "ExpiredProviderToken", with_provider_token(iat=int(NOW.timestamp()) - 3601)),
    (400, "MissingTopic", lambda a: push_request(a, apns_topic=None)),
    (400, "TopicDisallowed", lambda a: push_request(a, apns_topic="com.other")),
    (400, "InvalidPushType", lambda a: push_request(a, apns_push_type="shout")),
    (400, "BadPriority", lambda a: push_request(a, apns_priority="7")),
    (400, "BadPriority", lambda a: push_request(a, apns_push_type="background", apns_priority="10")),
    (400, "BadExpirationDate", lambda a: push_request(a, apns_expiration="soon")),
    (400, "BadCollapseId", lambda a: push_request(a, apns_collapse_id="x" * 65)),
    (400, "BadMessageId", lambda a: push_request(a, apns_id="7")),
    (400, "PayloadEmpty", lambda a: push_request(a, b"no json")),
    (413, "PayloadTooLarge", lambda a: push_request(a, {"aps": {}, "x": "y" * 4096})),
    (400, "BadDeviceToken", lambda a: push_request(a, path="/3/device/xyz")),
    (400, "MissingDeviceToken", lambda a: push_request(a, path="/3/device/")),
    (404, "BadPath", lambda a: push_request(a, path="/3/somewhere")),
    (405, "MethodNotAllowed", lambda a: push_request(a, method="GET")),
]


@pytest.mark.parametrize(("status", "reason", "request_of"), REJECTIONS)
def test_rejects(status: int, reason: str, request_of: Change, apns: Apns) -> None:
    response = apns.respond(request_of(apns), NONE_REJECTED)
    assert (response.status, json.loads(response.body)["reason"]) == (status, reason)
    assert list(response.push.accepted) == []


def test_does_not_distinguish_tokens_by_case(apns: Apns) -> None:
    faults = Faults(SimulatedVendors([apns]).normalize_token)
    faults.set_plan(FaultPlan(dead={"apns": [TOKEN.upper()], "fcm": ["AbC"]}))
    assert faults.rejected_tokens("fcm") == {"AbC": ""}
    for token in (TOKEN, TOKEN.upper()):
        request = push_request(apns, path=f"/3/device/{token}")
        assert apns.respond(request, faults.rejected_tokens("apns")).status == 410
        assert apns.respond(request, NONE_REJECTED).push.tokens == (TOKEN,)


def with_der_signature(apns: Apns, token: str) -> str:
    """The provider token as the Java library pushy signs it."""
    key = load_pem_private_key(apns.key_file.read_bytes(), None)
    assert isinstance(key, EllipticCurvePrivateKey)
    signed, _, raw = token.rpartition(".")
    signature = raw_to_der_signature(base64url_decode(raw), key.curve)
    key.public_key().verify(signature, signed.encode(), ECDSA(SHA256()))
    return f"{signed}.{base64url_encode(signature).decode()}"


def respond_to(apns: Apns, provider_token: str) -> SandboxResponse:
    headers = {"authorization": f"bearer {provider_token}", "apns-topic": apns.topic}
    request = json_request(f"/3/device/{TOKEN}", headers, {"aps": {"alert": "x"}})
    return apns.respond(request, NONE_REJECTED)


def test_accepts_signatures_in_der_and_in_the_form_of_the_standard(apns: Apns) -> None:
    token = provider_token(apns)
    assert respond_to(apns, token).status == 200
    assert respond_to(apns, with_der_signature(apns, token)).status == 200


def test_rejects_the_signature_of_another_text_in_either_form(apns: Apns) -> None:
    valid = provider_token(apns)
    head, claims, _ = valid.split(".")
    other = base64url_encode(base64url_decode(claims).replace(b"SANDBOX", b"SANDBOY")).decode()
    assert other != claims
    for token in (valid, with_der_signature(apns, valid)):
        forged = f"{head}.{other}.{token.rpartition('.')[2]}"
        assert respond_to(apns, forged).code == "InvalidProviderToken"
