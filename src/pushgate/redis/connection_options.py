"""How redis-py opens connections, from the settings."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from redis.asyncio.connection import parse_url

from pushgate.domain.errors import ConfigurationError, FieldError
from pushgate.settings.redis import RedisSettings

_CONNECT_SECONDS = 5.0
_IDLE_SECONDS = 15
"""A connection that was idle for so long is tried before it is used."""


def connection_options(settings: RedisSettings) -> dict[str, object]:
    """Options of a connection; those of `settings.access` that names no host have none.

    Raises ConfigurationError for files of TLS that cannot be read.
    """
    options: dict[str, object] = {
        "protocol": 2,
        "decode_responses": False,
        # The name of the library would be told by a command that Redis 7.0 does not know.
        "driver_info": None,
        # Where another server takes over, one that is gone is not worth a wait.
        "socket_connect_timeout": settings.timeout if settings.has_several else _CONNECT_SECONDS,
        "socket_timeout": settings.timeout,
        "health_check_interval": _IDLE_SECONDS,
    }
    if not settings.access.startswith("unix://"):
        options["socket_keepalive"] = True
    return options | dict(parse_url(settings.access)) | _tls(settings)


def _tls(settings: RedisSettings) -> dict[str, object]:
    files: dict[str, Path | None] = {
        "ssl_ca_certs": settings.tls_ca_file,
        "ssl_certfile": settings.tls_cert_file,
        "ssl_keyfile": settings.tls_key_file,
    }
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if ca := settings.tls_ca_file:
        with _readable("tls_ca_file", f"{ca} is no readable PEM file of CAs"):
            context.load_verify_locations(ca)
    if cert := settings.tls_cert_file:
        with _readable("tls_cert_file", f"{cert} is no readable PEM file of a certificate and its key"):
            context.load_cert_chain(cert, settings.tls_key_file)
    return {name: str(file) for name, file in files.items() if file}


@contextmanager
def _readable(field: str, problem: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:  # of the file, or of TLS for its content
        raise ConfigurationError([FieldError(f"redis.{field}", problem)]) from error
