"""What the simulated vendors received: the latest requests whole, and exact counts of all."""

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from pushgate.sandbox.exchange import SandboxResponse, Sent
from pushgate.sandbox.tokens import as_compared

_CREDENTIAL = re.compile(r"(?:(?<=^)|(?<=&))(auth_token=)[^&]*")
"""OPPO's access token goes in the form (docs/reference/vendors/oppo.md#credentials)."""
_CREDENTIALS = frozenset(["authorization", "authtoken", "auth_token"])
"""Headers that hold one; OPPO's and vivo's access tokens have headers of their own
(docs/reference/vendors/oppo.md#credentials, docs/reference/vendors/vivo.md#credentials).
"""
_SCHEME = re.compile(r"(?i:bearer|vapid|webpush)(?= )|key(?==)")
"""What a credential begins with (docs/reference/vendors/index.md)."""


@dataclass(frozen=True, slots=True)
class Received:
    """One request, numbered in the order it came, and its reply."""

    number: int
    vendor: str
    sent: Sent
    reply: SandboxResponse

    @property
    def _holds_secrets(self) -> bool:
        """Whether it asks for a credential, and so brings the secret for it."""
        return not self.reply.tokens and any(
            part in self.sent.path for part in ("/token", "/oauth2/", "/auth")
        )

    def _body(self) -> str:
        body = self.sent.body if self.reply.opened is None else self.reply.opened
        return _CREDENTIAL.sub(r"\1...", body.decode("utf-8", "replace"))

    def as_json(self) -> dict[str, object]:
        """For inspection. Credentials are left out."""
        headers = {name: _shown(name, value) for name, value in self.sent.headers.items()}
        return {
            "number": self.number,
            "vendor": self.vendor,
            "at": _instant(self.sent.at),
            "http_version": self.sent.http_version,
            "method": self.sent.method,
            "path": self.sent.path,
            "query": _CREDENTIAL.sub(r"\1...", self.sent.query),
            "headers": headers,
            "body": "..." if self._holds_secrets else self._body(),
            "tokens": list(self.reply.tokens),
            "accepted": list(self.reply.accepted),
            "status": self.reply.status,
            "code": self.reply.code,
        }


@dataclass(slots=True)
class Tally:
    """Counts of one vendor. `duplicates` are pushes of one message to one token, beyond the first, that it took."""

    requests: int = 0
    pushes: int = 0
    accepted: int = 0
    duplicates: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    tokens: set[int] = field(default_factory=set)
    taken: set[int] = field(default_factory=set)

    def as_json(self) -> dict[str, object]:
        """For inspection."""
        return {
            "requests": self.requests,
            "pushes": self.pushes,
            "accepted": self.accepted,
            "distinct_tokens": len(self.tokens),
            "duplicates": self.duplicates,
            "first_at": _instant(self.first_at) if self.first_at else None,
            "last_at": _instant(self.last_at) if self.last_at else None,
        }


def _shown(name: str, value: str) -> str:
    """A header without its credential. Of an Authorization header the scheme is kept, where there is one."""
    if name == "authorization" and (scheme := _SCHEME.match(value)):
        return f"{scheme[0]} ..."
    return "..." if name in _CREDENTIALS else value


class Record:
    """All that was received since the start or since it was cleared."""

    def __init__(self, keep: int) -> None:
        self._whole: deque[Received] = deque(maxlen=keep)
        self._tallies: dict[str, Tally] = {}
        self._number = 0

    def add(self, vendor: str, sent: Sent, reply: SandboxResponse) -> None:
        """Take down one request."""
        self._number += 1
        self._whole.append(Received(self._number, vendor, sent, reply))
        tally = self._tallies.setdefault(vendor, Tally())
        tally.requests += 1
        tally.pushes += len(reply.tokens)
        tally.accepted += len(reply.accepted)
        if reply.tokens:
            tally.first_at = tally.first_at or sent.at
            tally.last_at = sent.at
        for token in reply.accepted:
            tally.tokens.add(hash(token))
            # A callback token stands for one message.
            once = hash((token, reply.callback))
            if once in tally.taken:
                tally.duplicates += 1
            tally.taken.add(once)

    def find(self, vendor: str | None, token: str | None, after: int, limit: int) -> Iterator[Received]:
        """Requests numbered above `after`, oldest first."""
        found = 0
        for received in self._whole:
            if received.number <= after or (vendor and received.vendor != vendor):
                continue
            if token and as_compared(received.vendor, token) not in received.reply.tokens:
                continue
            yield received
            found += 1
            if found == limit:
                return

    def summary(self) -> dict[str, dict[str, object]]:
        """Counts by vendor."""
        return {vendor: tally.as_json() for vendor, tally in sorted(self._tallies.items())}

    def clear(self) -> None:
        """Forget all of it; numbers go on."""
        self._whole.clear()
        self._tallies.clear()


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="microseconds").replace("+00:00", "Z")
