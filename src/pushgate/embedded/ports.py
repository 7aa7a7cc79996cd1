"""Ports: which are free, told in words that help."""

import socket

from pushgate.errors import ConfigurationError, Fault


def free_port(host: str, port: int, option: str) -> int:
    """The port, if it is free; for 0 one that is. Raises ConfigurationError that names the option."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.create_server((host, port), family=family) as probe:
            chosen: int = probe.getsockname()[1]
            return chosen
    except OSError as error:
        told = f"port {port} on {host} is taken by another program; choose another with {option}"
        raise ConfigurationError([Fault(option, told)]) from error
