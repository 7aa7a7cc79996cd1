"""What a push is a case of: its app, its vendor, and the parts of what the app sends there that may be paused alone."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pushgate.domain.outcome import RefusalScope

_LONGEST_NAME = 64


@dataclass(frozen=True, slots=True)
class Route:
    """Where pushes go: `scopes` are theirs, by name. With a host among them, all the others are that host's."""

    app: str
    vendor: str
    scopes: Mapping[RefusalScope, str] = field(default_factory=dict)

    @property
    def parts(self) -> tuple["Part", ...]:
        """The whole, then its parts."""
        return (self.part(RefusalScope.APP, whole=True), *map(self.part, self.scopes))

    def part(self, scope: RefusalScope, *, whole: bool = False) -> "Part":
        """What a refusal with this scope pauses. Of one host, what is said of the app is said of the host."""
        host = self.scopes.get(RefusalScope.HOST)
        if scope in (RefusalScope.APP, RefusalScope.HOST) and not whole:
            scope = RefusalScope.APP if host is None else RefusalScope.HOST
        if scope is RefusalScope.APP:
            return Part(self.app, self.vendor)
        name = self.scopes.get(scope, "")
        return Part(
            self.app, self.vendor, scope, name if scope is RefusalScope.HOST or not host else f"{host} {name}"
        )


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what an app sends to a vendor, or all of it."""

    app: str
    vendor: str
    scope: RefusalScope = RefusalScope.APP
    name: str = ""

    @property
    def key(self) -> str:
        """A bounded text that names it. What callers write may be long."""
        whole = f"{self.app}:{self.vendor}"
        if self.scope is RefusalScope.APP:
            return whole
        short = self.name
        if len(short) > _LONGEST_NAME or not short.isprintable():
            short = hashlib.blake2b(short.encode(), digest_size=16).hexdigest()
        return f"{whole}:{self.scope.name.lower()}:{short}"
