"""Ports: which are free, told in words that help."""

import itertools
import secrets
import socket

from pushgate.domain.errors import ConfigurationError, FieldError

RANGE = range(10_000, 32_768)
"""Where a port is chosen: below those that systems lend to outgoing connections (Linux from 32768, macOS from 49152).

One of those could be lent while a server is started again, and a client that tries to reach a server that is gone can
even be connected to itself; the server then finds its own port taken.
"""
_turns = itertools.count(secrets.randbelow(len(RANGE)))


def free_port(host: str, port: int, option: str) -> int:
    """The port, if it is free; for 0 one that is, never the same twice. Raises ConfigurationError that names the option."""
    if port:
        if error := _refusal(host, port):
            told = f"port {port} on {host} is taken by another program; choose another with {option}"
            raise ConfigurationError([FieldError(option, told)]) from error
        return port
    for _ in RANGE:
        chosen = RANGE[next(_turns) % len(RANGE)]
        if not _refusal(host, chosen):
            return chosen
    raise ConfigurationError(
        [FieldError(option, f"no port from {RANGE[0]} to {RANGE[-1]} on {host} is free")]
    )


def _refusal(host: str, port: int) -> OSError | None:
    """Why nobody can listen there."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    return None
