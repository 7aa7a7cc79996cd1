"""Which keys of Redis, and which members of shared ones, belong to one app. Pure.

All keys of a shard begin with its hash tag, `{app:shard}`. Below the hash tag of the queue, a key
of an app is `:<kind>:<app>`, or begins so and goes on with a colon. Other keys hold members of all
apps.
"""

import re

from pushgate.dispatch.job import parse_function
from pushgate.redis.hash_tags import QUEUE

SHARED = (
    *("apps", "hygiene", "hygiene:places", "silent-shards", "silent-shards:places"),
    *("silent", "terms-mended", "languages-limited", "totals", "unknown-reports"),
    *("held", "held-confirmed", "pauses", "outages", "freezes", "kept", "backlogs", "webhooks"),
    "rollbacks",
    "series",
)
"""Keys below the hash tag of the queue whose members or fields begin with the name of an app."""
_OTHER_IDS = frozenset({"message", "audience", "audience-change", "erasure", "key-rate", "audit", "backup"})
"""Kinds of keys that go on with an id which is no app's name, and the audit log, which outlives the
app."""
_QUEUE_KEY = re.compile(re.escape(QUEUE) + r":([a-z0-9-]+):([^:]+)(?::.*)?", re.DOTALL)
_AUDIT_LOG = ":audit"
"""The audit log of a shard, which outlives the app."""
_ENDS = (":", "|", " ")
"""What follows the app's name in a member of a shared key."""


def is_key_of(app: str, key: str) -> bool:
    """Whether the key belongs to the app alone."""
    if key.startswith(f"{{{app}:"):
        tag, _, name = key.partition("}")
        return tag[len(app) + 2 :].isdecimal() and name != _AUDIT_LOG
    found = _QUEUE_KEY.fullmatch(key)
    if found is None or found[1] in _OTHER_IDS:
        return False
    return found[2].partition("|")[0] == app or (found[1] == "backlogs" and _is_function_of(app, found[2]))


def is_member_of(app: str, member: str) -> bool:
    """Whether a member or field of a shared key is about the app."""
    return (
        member == app or member.startswith(tuple(app + end for end in _ENDS)) or _is_function_of(app, member)
    )


def _is_function_of(app: str, name: str) -> bool:
    """Whether it is a Gearman function of the app."""
    route = parse_function(name)
    return route is not None and route[0] == app
