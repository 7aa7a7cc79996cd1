"""FCM HTTP v1 and its token endpoint, simulated.

Source: docs/reference/vendors/fcm.md
"""

import json
import secrets
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import jwt
import orjson
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from pushgate.sandbox.exchange import (
    SandboxPush,
    SandboxRequest,
    SandboxResponse,
    json_response,
    validated_only,
)
from pushgate.sandbox.key_files import private_key_pem, write_secret
from pushgate.sandbox.rejections import RejectedTokens, rejection_code
from pushgate.sandbox.simulated_vendor import SandboxContext, SimulatedVendor
from pushgate.sandbox.vendors.fcm_errors import ERRORS, TOKEN_ERRORS, BadField, error_response
from pushgate.sandbox.vendors.fcm_message import message_problem, target_of, target_problem, to_snake_case

_SCOPES = {
    "https://www.googleapis.com/auth/firebase.messaging",
    "https://www.googleapis.com/auth/cloud-platform",
}
_GOOGLE_TOKEN_ENDPOINT = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
_GRANT_TYPE = "urn:ietf:params:oauth:grant-type:jwt-bearer"
_MAX_ASSERTION_LIFETIME, _MAX_CLOCK_SKEW = 3600, 300  # s
_ACCESS_TOKEN_LIFETIME = timedelta(hours=1)


class Fcm(SimulatedVendor):
    """The simulated FCM of one project."""

    name = "fcm"
    token_codes = frozenset([*ERRORS, *TOKEN_ERRORS])

    def __init__(self, context: SandboxContext) -> None:
        credentials = context.credentials
        self.project_id = credentials.value("project_id", "demo-project")
        self.account_file = credentials.file("fcm.json")
        self._client_email = credentials.value("client_email", "demo@demo-project.iam.gserviceaccount.com")
        self._key_id = credentials.value("fcm_key_id", secrets.token_hex(20))
        self._credentials = credentials
        self._server_settings = credentials.server_settings()
        self._token_endpoint = f"{credentials.base_url}/token"
        self._access_tokens = context.access_tokens
        self._public_key = self._ensure_account(self.account_file)
        self._path = f"/v1/projects/{self.project_id}/messages:send"

    def app_settings(self) -> dict[str, object]:
        """The app's service account."""
        return {**self._server_settings, "service_account_file": str(self.account_file)}

    def owns(self, path: str) -> bool:
        """`/v1/projects/...` and `/token`"""
        return path.startswith("/v1/projects/") or path == "/token"

    def error(self, code: str, retry_after: int | None) -> SandboxResponse | None:
        """An error by its code, or by a name of TOKEN_ERRORS."""
        if code in TOKEN_ERRORS:
            response = error_response("INVALID_ARGUMENT", TOKEN_ERRORS[code], retry_after=retry_after)
            return replace(response, code=code)
        if code not in ERRORS:
            return None
        return error_response(code, BadField("told to fail"), retry_after=retry_after)

    def respond(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        """Issue an access token, or accept or reject one push to one target."""
        if request.method != "POST":
            return error_response("NOT_FOUND", BadField("method not found"))
        if request.path == "/token":
            return self._issue_token(request)
        if request.path != self._path:
            return error_response("NOT_FOUND", BadField("project not found"))
        authorization = request.headers.get("authorization", "")
        if not self._access_tokens.authorizes(self.name, authorization, request.received_at):
            problem = BadField("Request had invalid authentication credentials.")
            return error_response("UNAUTHENTICATED", problem)
        return self._push(request, rejected)

    def _push(self, request: SandboxRequest, rejected: RejectedTokens) -> SandboxResponse:
        try:
            body = to_snake_case(orjson.loads(request.body))
            message = body["message"]
            problem = message_problem(body, message)
        except (orjson.JSONDecodeError, KeyError, TypeError, AttributeError):
            problem = BadField("Invalid JSON payload received.", "message", is_fcm_error=False)
            return error_response("INVALID_ARGUMENT", problem)
        target = target_of(message)
        problem = problem or target_problem(message, target)
        if problem:
            return error_response("INVALID_ARGUMENT", problem, token=target)
        code = rejection_code(target, rejected)
        if code is not None:
            response = self.error(code or "UNREGISTERED", None)
            assert response is not None
            return replace(response, push=SandboxPush(tokens=(target,)))
        callback_token = str(message.get("data", {}).get("pushgate", ""))
        push = SandboxPush(tokens=(target,), accepted=(target,), callback_token=callback_token)
        name = f"projects/{self.project_id}/messages/{secrets.token_hex(8)}"
        response = json_response(200, {"name": name}, code="ok", push=push)
        return validated_only(response) if body.get("validate_only") else response

    def _issue_token(self, request: SandboxRequest) -> SandboxResponse:
        form = request.form()
        if form.get("grant_type") != _GRANT_TYPE:
            return json_response(400, {"error": "unsupported_grant_type"}, code="unsupported_grant_type")
        if not self._is_valid_assertion(form.get("assertion", ""), request.received_at.timestamp()):
            return json_response(400, {"error": "invalid_grant"}, code="invalid_grant")
        token = self._access_tokens.issue(self.name, request.received_at, _ACCESS_TOKEN_LIFETIME)
        body = {"access_token": token, "expires_in": 3600, "token_type": "Bearer"}
        return json_response(200, body, code="granted")

    def _is_valid_assertion(self, assertion: str, now: float) -> bool:
        """Whether the service account signed the assertion for this endpoint, scope and time."""
        try:
            claims = jwt.decode(
                assertion,
                self._key_of(str(jwt.get_unverified_header(assertion).get("kid"))),
                ["RS256"],
                options={"require": ["iss", "aud", "iat", "exp"], "verify_exp": False, "verify_iat": False},
                # Google's own client names Google's endpoint whatever the account's file says.
                audience=[self._token_endpoint, _GOOGLE_TOKEN_ENDPOINT],
            )
            issued_at, expires_at = int(claims["iat"]), int(claims["exp"])
        except (jwt.PyJWTError, ValueError, TypeError):
            return False
        return (
            claims["iss"] == self._client_email
            and bool(_SCOPES & set(str(claims.get("scope")).split()))
            and expires_at - issued_at <= _MAX_ASSERTION_LIFETIME
            and expires_at >= now
            and issued_at <= now + _MAX_CLOCK_SKEW
        )

    def _key_of(self, key_id: str) -> rsa.RSAPublicKey:
        """The public half of a key of the account; that of its first file for an unknown one."""
        file = self._credentials.other_key_file("fcm", key_id, ".json")
        if file is None:
            return self._public_key
        return _public_key(json.loads(file.read_text("utf-8"))["private_key"])

    def _ensure_account(self, file: Path) -> rsa.RSAPublicKey:
        """Write the account's file unless it names this token endpoint; the key is kept."""
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        key_pem = known.get("private_key") or private_key_pem(rsa.generate_private_key(65537, 2048)).decode()
        if known.get("token_uri") != self._token_endpoint:
            account = {
                "type": "service_account",
                "project_id": self.project_id,
                "private_key_id": self._key_id,
                "private_key": key_pem,
                "client_email": self._client_email,
                "token_uri": self._token_endpoint,
            }
            write_secret(file, json.dumps(account, indent=1).encode())
        return _public_key(key_pem)


def _public_key(pem: str) -> rsa.RSAPublicKey:
    key = load_pem_private_key(pem.encode(), None)
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.public_key()


VENDOR = Fcm
