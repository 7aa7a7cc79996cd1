"""What the claim of a person allows, as keys that are stored nowhere. Pure."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from pushgate.apps.api_key import ApiKey
from pushgate.domain.app import Scope

MAX_VALUES = 1000
"""Values of the claim that are looked at."""


def claim_values(claims: Mapping[str, object], name: str) -> Sequence[str]:
    """Return the values of a claim, which is a text or a list of texts."""
    value = claims.get(name)
    values = value if isinstance(value, list) else [value]
    return [one for one in values if isinstance(one, str)][:MAX_VALUES]


def granted_keys(
    grants: Mapping[str, Sequence[str]], values: Iterable[str], *, person: str, name: str, now: datetime
) -> Sequence[ApiKey]:
    """Return a key for each app that the values give access to, and one of the operator where they
    do. `person` is who the provider says that it is; the audit log gets a digest and the name.
    """
    scopes: dict[str, set[Scope]] = {}
    for grant in (grant for value in values for grant in grants.get(value, ())):
        app, _, names = grant.partition(":")
        if grant == Scope.OPERATOR:
            scopes.setdefault("", set()).add(Scope.OPERATOR)
        else:
            scopes.setdefault(app, set()).update(map(Scope, names.split(",")))
    key_id = f"oidc-{hashlib.sha256(person.encode()).hexdigest()[:12]}"
    return [
        ApiKey(id=key_id, app=app, scopes=tuple(sorted(held)), name=name, created_at=now, digest="")
        for app, held in scopes.items()
    ]
