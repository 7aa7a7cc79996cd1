"""Listening sockets, bound before anything else is opened."""

import errno
import socket

from pushgate.domain.errors import ConfigurationError, FieldError

_BACKLOG = 2048


def listen(host: str, port: int, setting: str) -> socket.socket:
    """A socket that listens at this address; `setting` names the port's setting in errors.

    Raises ConfigurationError where nobody can listen.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        reason = (
            f"is taken by another program; choose another with {setting}"
            if error.errno == errno.EADDRINUSE
            else str(error.strerror)
        )
        raise ConfigurationError([FieldError(setting, f"{host}:{port} {reason}")]) from error


def address_of(listener: socket.socket) -> str:
    """Where the socket listens, as `host:port`; IPv6 in brackets."""
    host, port = listener.getsockname()[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def metrics_url(listener: socket.socket) -> str:
    """The URL of the metrics that are served on this socket."""
    return f"http://{address_of(listener)}/metrics"
