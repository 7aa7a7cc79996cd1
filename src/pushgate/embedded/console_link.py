"""One-time links into the console, for whoever runs `pushgate up` or has its settings."""

from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from pushgate.console.one_time_links import OneTimeLinks
from pushgate.embedded.addresses import api_url
from pushgate.processes.parts import open_redis
from pushgate.settings.model import Settings


async def make_link(settings: Settings, key_ids: Sequence[str]) -> str | None:
    """The address that signs in with these keys, once and within five minutes. None where there is
    no console, and where the API does not listen on loopback: links are honoured there alone.

    Raises EngineUnavailable.
    """
    base = api_url(settings)
    if not settings.console.enabled or not _is_loopback(urlsplit(base).hostname or ""):
        return None
    async with open_redis(settings, wait=False) as redis:
        return f"{base}/link/{await OneTimeLinks(redis).create(key_ids)}"


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
