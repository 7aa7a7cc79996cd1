"""The users that the documents name may do what the code does, and no more."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import redis as plain
from tests.support import redis_commands, redis_users
from tests.support.engines import Engine

ROOT = Path(__file__).parents[3]
ONLY_OPERATOR = {"config|get"}
"""What `pushgate backup` sends, and processes do not."""
OF_CLUSTERS_AND_REPLICAS = {"asking", "cluster|slots", "wait"}
OF_BACKUPS = {"config|get", "sync"}
"""`sync` is no command of the library: a copy is received as a replica receives one."""
DANGEROUS = (
    ("flushall",),
    ("flushdb",),
    ("keys", "*"),
    ("config", "set", "dir", "/"),
    ("acl", "list"),
    ("shutdown",),
    ("debug", "sleep", "1"),
    ("script", "flush"),
    ("replicaof", "127.0.0.1", "1"),
    ("migrate", "127.0.0.1", "1", "{q}:k", "0", "1"),
    ("module", "list"),
    ("monitor",),
    ("client", "kill", "id", "1"),
    ("get", "another:key"),
    ("publish", "another", "text"),
)
SOME_TESTS = (
    "tests/integration/messages/test_revisions.py",
    "tests/integration/terminals/test_registry.py",
    "tests/integration/bundles/test_round_trip.py",
    "tests/integration/ledger/test_outcomes.py",
    "tests/integration/api/resources/test_messages.py",
    "tests/integration/api/resources/test_results.py",
)


@pytest.fixture
def server(valkey: Engine) -> plain.Redis:
    return plain.Redis.from_url(valkey.url, decode_responses=True)


def test_each_command_that_the_code_sends_is_allowed_and_no_other(server: plain.Redis) -> None:
    commands = server.command()
    sent = redis_commands.sent(commands)
    assert len(sent) > 60
    extra = {"pushgate": OF_CLUSTERS_AND_REPLICAS, "operator": OF_CLUSTERS_AND_REPLICAS | OF_BACKUPS}
    for user, more in extra.items():
        allowed = {rule[1:] for rule in redis_users.rules(user) if rule.startswith("+")}
        assert allowed - set(sent) <= more, f"{user} needs nothing of this"
    for user, lacks in (("pushgate", ONLY_OPERATOR), ("operator", set())):
        refused = {
            command: place
            for command, place in sent.items()
            if command not in lacks and _refusal(server, user, commands, command)
        }
        assert not refused, user


@pytest.mark.parametrize("command", DANGEROUS)
@pytest.mark.parametrize("user", redis_users.PASSWORDS)
def test_what_nobody_needs_is_refused(server: plain.Redis, user: str, command: tuple[str, ...]) -> None:
    assert "User" in _dry_run(server, user, *command)


def test_users_are_named_as_the_documents_name_them() -> None:
    users = [line.split()[1] for line in redis_users.FILE.read_text("utf-8").splitlines()]
    for page in ("docs/how-to/secure-redis.md", "docs/zh/how-to/secure-redis.md"):
        rows = re.findall(r"^\| `(\w+)` \|", (ROOT / page).read_text("utf-8"), re.MULTILINE)
        assert sorted(rows) == sorted(users)


def test_the_stores_and_the_api_work_as_this_user() -> None:
    """The same tests as always, by a client with the rights of a process."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--redis-user", "pushgate"]
    done = subprocess.run([*command, *SOME_TESTS], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]


def _refusal(server: plain.Redis, user: str, commands: dict[str, dict[str, Any]], command: str) -> bool:
    name, _, more = command.partition("|")
    arity = abs(int(commands[name]["arity"]))
    words = [name, *([more] if more else [])]
    words += ["{q}:k", *["1"] * 8][: max(arity - len(words), 1 if more else 0)]
    return "no permissions to run" in _dry_run(server, user, *words)


def _dry_run(server: plain.Redis, user: str, *words: str) -> str:
    answer = server.execute_command("ACL", "DRYRUN", user, *words)  # type: ignore[no-untyped-call]
    return str(answer)
