"""The data that a push carries to the client app. Pure."""

from pushgate.adapters.contract import Push

CALLBACK_KEY = "pushgate"
"""The key of the callback token, with which the client reports receipts and clicks."""
URL_KEY = "url"
"""The key of what a click opens."""


def client_data(push: Push) -> dict[str, str]:
    """Return the content's data, with the callback token and the address that a click opens."""
    url = {URL_KEY: push.content.url} if push.content.url else {}
    return {**url, **push.content.data, CALLBACK_KEY: push.callback}
