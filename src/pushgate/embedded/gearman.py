"""The embedded Gearman server: gearmand where it is installed, else the server class of `gear`."""

import importlib.util
import select
import shutil
import sys

from pushgate.domain.errors import ConfigurationError, FieldError


def server_command(host: str, port: int, *, prefer_gear: bool = False) -> tuple[str, ...]:
    """The command that runs the server in the foreground.

    Raises ConfigurationError where there is no gearmand, and gear is not installed or cannot run:
    gear needs epoll.
    """
    gearmand = None if prefer_gear else find_gearmand()
    if gearmand is None and not hasattr(select, "epoll"):
        problem = (
            "the embedded server needs Linux; install gearmand, "
            "or name a running server: PUSHGATE_GEARMAN__SERVERS=..."
        )
        raise ConfigurationError([FieldError("gearman", problem)])
    if gearmand is None and importlib.util.find_spec("gear") is None:
        problem = (
            "there is no server: install gearmand, or pushgate[embedded], which brings one, "
            "or name a running server: PUSHGATE_GEARMAN__SERVERS=..."
        )
        raise ConfigurationError([FieldError("gearman", problem)])
    if gearmand is None:
        return (sys.executable, "-P", "-m", "pushgate.embedded.gear_server", host, str(port))
    return (
        gearmand,
        "--listen", host,
        "--port", str(port),
        "--job-retries", "5",  # how often a job that kills its worker comes back
        "--round-robin",  # functions in turn: no vendor's jobs wait for all jobs of another
        "--keepalive", "--keepalive-idle", "5", "--keepalive-interval", "2", "--keepalive-count", "2",
        "--threads", "2",
        "--log-file", "stderr",
    )  # fmt: skip


def find_gearmand() -> str | None:
    """The path of gearmand, None where it is not installed.

    Debian installs it in a folder that only root has in its PATH.
    """
    return shutil.which("gearmand") or shutil.which("gearmand", path="/usr/sbin:/usr/local/sbin")
