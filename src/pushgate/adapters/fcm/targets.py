"""Targets of pushes: registration tokens, installations, topics and conditions. Pure.

Source: docs/reference/vendors/fcm.md#tokens
"""

import re
from collections.abc import Sequence

_TOPIC = r"[a-zA-Z0-9\-_.~%]{1,900}"
_IN_TOPICS = rf"[!( ]*'{_TOPIC}' in topics[ )]*"
INSTALLATION_PREFIX = b"fid:"
"""Marks the id of an installation, which newer clients give instead of a registration token."""
TOPIC_PREFIX = b"/topics/"
TOKEN_PATTERN = re.compile(
    # A registration token, or the id of an installation. FCM promises no length. JSON does not
    # escape these characters.
    r"[A-Za-z0-9_:.\-]{4,4096}"
    # A topic, or a condition of up to five topics.
    rf"|/topics/{_TOPIC}|{_IN_TOPICS}(?:(?:&&|\|\|){_IN_TOPICS}){{0,4}}"
)
TOPIC_PATTERN = re.compile(r"/topics/|[!( ]*'")


def token_fault(token: str) -> str | None:
    """Return the fault of a condition, None where its parentheses are balanced."""
    if "(" not in token and ")" not in token:
        return None
    depth = 0
    for char in token:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            break
    return "has parentheses that do not match" if depth else None


def is_topic(token: bytes) -> bool:
    """Whether a push to this target is for all terminals that have subscribed to topics."""
    return b"/" in token or b"'" in token


def is_registration_token(token: bytes) -> bool:
    """Whether this is neither a topic or condition nor the id of an installation."""
    return b"/" not in token and b"'" not in token and not token.startswith(INSTALLATION_PREFIX)


def are_all_tokens(tokens: Sequence[bytes]) -> bool:
    """Whether there is no installation, topic or condition among these."""
    joined = b"".join(tokens)
    return b"/" not in joined and b"'" not in joined and INSTALLATION_PREFIX not in joined


def target_field(token: bytes) -> bytes:
    """Return the field of the message that names its target."""
    if is_registration_token(token):
        return b'"token":"' + token + b'"'
    if token.startswith(INSTALLATION_PREFIX):
        return b'"fid":"' + token.removeprefix(INSTALLATION_PREFIX) + b'"'
    if token.startswith(TOPIC_PREFIX):
        return b'"topic":"' + token.removeprefix(TOPIC_PREFIX) + b'"'
    return b'"condition":"' + token + b'"'
