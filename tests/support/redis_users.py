"""The users of Redis with least privilege that the documents name, in a server of a test."""

from pathlib import Path
from urllib.parse import quote

import redis as plain

FILE = Path(__file__).parents[2] / "deploy/redis/users.acl"
PASSWORDS = {"pushgate": "application-password", "operator": "operator-password"}
"""The passwords of users whom Pushgate's processes and commands use, as the file has them."""


def rules(user: str) -> list[str]:
    """The rules of a user, as the file has them."""
    lines = (line.split() for line in FILE.read_text("utf-8").splitlines())
    return next(words[2:] for words in lines if words[:2] == ["user", user])


def create_user(server: plain.Redis, user: str) -> None:
    """Create the user on a server. Other users stay as they are."""
    server.execute_command("ACL", "SETUSER", user, "reset", *rules(user))  # type: ignore[no-untyped-call]


def url_for(url: str, user: str) -> str:
    """The address of a server or a socket with the name and the password of the user."""
    scheme, _, rest = url.partition("://")
    if scheme == "unix":
        place, _, query = rest.partition("?")
        return f"unix://{user}:{quote(PASSWORDS[user])}@{place}?{query}"
    return f"{scheme}://{user}:{quote(PASSWORDS[user])}@{rest}"
