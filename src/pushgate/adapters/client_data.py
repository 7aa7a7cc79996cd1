"""The data that a push carries to the client app. Pure."""

from pushgate.adapters.contract import Push

CALLBACK_KEY = "pushgate"
"""The key of the callback token, with which the client reports receipts and clicks."""
REMOVAL_KEY = "pushgate_remove"
"""The key of the name of a notification, which the client removes."""
REMOVED_MESSAGE_KEY = "pushgate_message"
"""The key of the id of the message whose notification is removed. By then another message may be
shown under the same name.
"""
RESERVED_KEYS = frozenset([CALLBACK_KEY, REMOVAL_KEY])
URL_KEY = "url"
"""The key of the address that a click opens."""


def client_data(push: Push) -> dict[str, str]:
    """Return the content's data, with the callback token and the address that a click opens. For a
    push that removes a notification, return the notification's name and message id, without a
    callback token: nothing is reported about such a push.
    """
    if push.removes:
        return {REMOVAL_KEY: push.removes, REMOVED_MESSAGE_KEY: push.message_id}
    url = {URL_KEY: push.content.url} if push.content.url else {}
    return {**url, **push.content.data, CALLBACK_KEY: push.callback}
