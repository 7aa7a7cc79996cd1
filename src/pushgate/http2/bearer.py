"""Credentials that expire: fetched by one caller at a time, renewed early, shared between processes where told."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Credential:
    """A bearer token and the instant it stops working."""

    token: str
    expires_at: datetime


class CredentialStore(Protocol):
    """Where processes share credentials, so that a vendor is asked as seldom as it wants to be."""

    async def read(self, name: str) -> Credential | None:
        """The credential stored under this name, or None."""
        ...

    async def write(self, name: str, credential: Credential) -> None:
        """Keep it for the others until it expires."""
        ...
