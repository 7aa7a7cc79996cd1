"""Where the API is reached from this machine."""

from pushgate.settings.model import Settings

_LOOPBACK = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  # read, not bound


def api_url(settings: Settings) -> str:
    """The URL of the API as a client on this machine uses it."""
    return f"http://{_LOOPBACK.get(settings.api.host, settings.api.host)}:{settings.api.port}"
