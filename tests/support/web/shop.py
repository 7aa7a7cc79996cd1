"""The app of a web site, seen by its backend."""

import json
import tomllib
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from tests.support.client_apps import call
from tests.support.engines import wait_until
from tests.support.system import System

from pushgate.adapters.webpush.vapid import public_text

CONTENT = {"en": {"title": "Sale", "body": "Today only", "url": "https://shop.example/sale"}}


class Shop:
    """The backend. `user` is whom it knows as signed in."""

    def __init__(self, system: System, key: str) -> None:
        self.system = system
        self._key = key
        self.headers = {"Authorization": f"Bearer {key}"}
        self.gateway = str(system.api.base_url).rstrip("/")
        self.user = ""
        demo = tomllib.loads((system.folder / "data" / "run.toml").read_text("utf-8"))["apps"]["demo"]
        pem = Path(demo["webpush"]["vapid_key_file"]).read_bytes()
        key_of_app = load_pem_private_key(pem, None)
        assert isinstance(key_of_app, EllipticCurvePrivateKey)
        self.vapid_key = public_text(key_of_app)

    def call(self, method: str, path: str, body: object = None) -> Any:
        """Call the API with the key of the app; returns the JSON of the answer."""
        return call(self.system, self._key, method, path, body)

    def registration_token(self) -> str:
        """Ask for a registration token of the user."""
        return str(self.call("POST", "/v1/registration-tokens", {"user": self.user})["token"])

    def terminals(self) -> list[dict[str, Any]]:
        """The terminals of the test's user."""
        found: list[dict[str, Any]] = self.call("GET", f"/v1/users/{self.user}")["terminals"]
        return found

    def push(self, **options: object) -> tuple[str, str]:
        """Push to the test's user; returns the message's id and what the browser decrypts."""
        message: str = self.call(
            "POST",
            "/v1/messages",
            {"content": CONTENT, "audience": {"users": [self.user]}, "options": options},
        )["id"]
        return message, self.wait_for_body("webpush", message)

    def wait_for_body(self, vendor: str, *texts: str) -> str:
        """Wait for a push through the vendor that holds these texts; returns what the terminal
        reads.
        """
        bodies: list[str] = []

        def received() -> bool:
            found = [str(one["body"]) for one in self.system.received() if one["vendor"] == vendor]
            bodies[:] = [body for body in found if all(text in body for text in texts)]
            return bool(bodies)

        wait_until(received, 60, "the push")
        return bodies[0]

    def click_elsewhere(self, message: str, token: str) -> None:
        """Report a click on the message at the user's terminal with this push token."""
        body = self.wait_for_body("fcm", message, token, '"pushgate":')
        callback = json.loads(body)["message"]["data"]["pushgate"]
        report = {"token": callback, "terminal": token}
        assert self.system.anyone.post("/v1/callbacks/click", json=report).status_code == 204

    def counts(self, message: str) -> tuple[int, int]:
        """How many terminals reported that the message was delivered and clicked."""
        results = self.call("GET", f"/v1/messages/{message}/results")
        return results["delivered"], results["clicked"]

    def wait_for_counts(self, message: str, delivered: int, clicked: int) -> None:
        """Wait until so many terminals reported."""
        wait_until(lambda: self.counts(message) == (delivered, clicked), 30, "the reports")
