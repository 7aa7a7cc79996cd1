"""Where pushes go: an app and a vendor, and the scopes in which a refusal pauses only a part of the
pushes. Pure.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pushgate.domain.outcome import RefusalScope

_MAX_NAME_LENGTH = 64


@dataclass(frozen=True, slots=True)
class BreakerScope:
    """What one circuit breaker is about: everything that an app sends to a vendor, or a part of
    that.

    `name` names the part, for example a topic. It is empty for all of the app's pushes.
    """

    app: str
    vendor: str
    refusal_scope: RefusalScope = RefusalScope.APP
    name: str = ""

    @property
    def key(self) -> str:
        """A bounded text that identifies the scope, as part of its Redis key.

        Names that callers choose may be long.
        """
        whole = f"{self.app}:{self.vendor}"
        if self.refusal_scope is RefusalScope.APP:
            return whole
        name = self.name
        if len(name) > _MAX_NAME_LENGTH or not name.isprintable():
            name = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
        return f"{whole}:{self.refusal_scope.name.lower()}:{name}"


@dataclass(frozen=True, slots=True)
class Route:
    """The app and vendor of some pushes, and by refusal scope the name of the topic, channel, class
    and so on.

    Where a host is among the names, all other names belong to that host.
    """

    app: str
    vendor: str
    names: Mapping[RefusalScope, str] = field(default_factory=dict)

    @property
    def app_scope(self) -> BreakerScope:
        """The scope of everything that the app sends to the vendor."""
        return BreakerScope(self.app, self.vendor)

    @property
    def breaker_scopes(self) -> tuple[BreakerScope, ...]:
        """Every scope that can pause these pushes; that of the whole app first."""
        return (self.app_scope, *map(self.breaker_scope, self.names))

    def breaker_scope(self, refusal_scope: RefusalScope) -> BreakerScope:
        """What a refusal with this scope pauses.

        A host's refusal of the app pauses the app's pushes to that host.
        """
        host = self.names.get(RefusalScope.HOST)
        if refusal_scope in (RefusalScope.APP, RefusalScope.HOST):
            if host is None:
                return self.app_scope
            return BreakerScope(self.app, self.vendor, RefusalScope.HOST, host)
        name = self.names.get(refusal_scope, "")
        return BreakerScope(self.app, self.vendor, refusal_scope, f"{host} {name}" if host else name)
