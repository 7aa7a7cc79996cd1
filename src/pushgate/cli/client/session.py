"""A command's session: the client of its server, and its output."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import httpx
import typer

from pushgate.cli.client.command_errors import ended_tidily
from pushgate.cli.client.output import Output
from pushgate.cli.client.server import Server, find_server
from pushgate_client import Pushgate

Json = Annotated[bool, typer.Option("--json", help="Print JSON: one document, or one a line for lists.")]
ProfileName = Annotated[
    str | None, typer.Option("--profile", help="The server to call, by its profile; see `pushgate profiles`.")
]
_TIMEOUT = 30.0
_MAX_ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class Session:
    """What a command works with."""

    pushgate: Pushgate
    output: Output
    server: Server
    profile: str | None = None

    def command(self, *words: str) -> str:
        """Return the line of a command that calls the same server, to be typed into a shell."""
        return shlex.join(["pushgate", *words, *(["--profile", self.profile] if self.profile else [])])


@contextmanager
def session(profile: str | None, *, json: bool, operator: bool = False) -> Iterator[Session]:
    """Open a session; errors within end the command with a text and an exit code.

    With `operator` the operator's key is taken where the profile has one.
    """
    with ended_tidily(as_json=json):
        server = find_server(profile, operator=operator)
        with (
            ended_tidily(as_json=json, server=server.words, key_hint=server.key_words),
            open_client(server) as pushgate,
        ):
            yield Session(pushgate, Output(json=json), server, profile)


@contextmanager
def open_client(server: Server) -> Iterator[Pushgate]:
    """Open the client of a server."""
    secure = server.url.startswith("https:")
    # A proxy does not reach this machine, and certificates take time to load.
    with (
        httpx.Client(timeout=_TIMEOUT, trust_env=not is_here(server.url), verify=secure) as http,
        Pushgate(server.url, server.key, max_attempts=_MAX_ATTEMPTS, http=http) as pushgate,
    ):
        yield pushgate


def is_here(url: str) -> bool:
    """Whether an address is on this machine."""
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")
