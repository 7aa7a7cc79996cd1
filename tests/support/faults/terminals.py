"""The terminals of a play: a quarter of them for each vendor, in two languages."""

import hashlib
import json

from tests.support.faults.deployment import Deployment
from tests.support.faults.injection import VENDORS

LANGUAGES = ("en", "zh-Hans")
CROWD_SIZE = 70
"""Terminals of the user `crowd`: too many for a small message."""
USER_SIZE = 3
"""Terminals of each other user."""


def token(vendor: str, number: int) -> str:
    """A token as the vendor's sandbox takes it."""
    return hashlib.sha256(f"{vendor}{number}".encode()).hexdigest().replace("dead", "beef")


def terminal_id(number: int) -> str:
    """The id of a terminal."""
    return f"t-{number}"


def user_of(number: int) -> str:
    """The user of a terminal. The first terminals belong to the crowd."""
    return "crowd" if number < CROWD_SIZE else f"u-{(number - CROWD_SIZE) // USER_SIZE}"


def register(deployment: Deployment, terminals: int) -> None:
    """Register terminals."""
    lines = [
        json.dumps(
            {
                "id": terminal_id(n),
                "vendor": VENDORS[n % 4],
                "token": token(VENDORS[n % 4], n),
                "language": LANGUAGES[n // 4 % len(LANGUAGES)],
                "user": user_of(n),
            }
        )
        for n in range(terminals)
    ]
    answer = deployment.api.post(
        "/v1/terminals:import",
        content="\n".join(lines).encode(),
        headers={"Content-Type": "application/x-ndjson"},
        timeout=300,
    )
    assert answer.json()["failed"] == 0, answer.text
