"""Free ports for servers on this machine."""

import itertools
import secrets
import socket

from pushgate.domain.errors import ConfigurationError, FieldError

PORTS = range(10_000, 32_768)
"""The ports to choose from: below those that systems lend to outgoing connections.

Linux lends ports from 32768 and macOS from 49152. A lent port could be taken while a server is
restarted. A client that connects to a stopped server could even be connected to itself.
"""
_indexes = itertools.count(secrets.randbelow(len(PORTS)))


def free_port(host: str, port: int, option: str) -> int:
    """The port, if it is free; for 0 a free one, never the same twice.

    Raises ConfigurationError that names the option.
    """
    if port:
        if error := _listen_error(host, port):
            problem = f"port {port} on {host} is taken by another program; choose another with {option}"
            raise ConfigurationError([FieldError(option, problem)]) from error
        return port
    for _ in PORTS:
        chosen = PORTS[next(_indexes) % len(PORTS)]
        if not _listen_error(host, chosen):
            return chosen
    problem = f"no port from {PORTS[0]} to {PORTS[-1]} on {host} is free"
    raise ConfigurationError([FieldError(option, problem)])


def _listen_error(host: str, port: int) -> OSError | None:
    """Why no server can listen there, None where one can."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        socket.create_server((host, port), family=family).close()
    except OSError as error:
        return error
    return None
