"""`pushgate demo`: a push to the demo app of this folder, and how it moves."""

from typing import Annotated

import typer

from pushgate.cli.client.command_errors import ended_tidily, usage
from pushgate.cli.client.local_folder import FOLDER, local_server
from pushgate.cli.client.output import Output
from pushgate.cli.client.server import Server
from pushgate.cli.client.session import Json, Session, open_client
from pushgate.cli.client.watch import watch
from pushgate_client import types

_APP = "demo"
_FEW = 20
"""Terminals that are registered where there are none."""
_VENDORS: tuple[types.Vendor, ...] = ("fcm", "huawei", "apns", "xiaomi")
_LANGUAGES = ("en", "zh-Hans", "fr")
_CONTENT: dict[str, types.ContentBody] = {
    "en": {"title": "Hello", "body": "This push went through Pushgate"},
    "zh-Hans": {"title": "你好", "body": "这条推送由 Pushgate 发出"},
}


def push_demo(
    silent: Annotated[bool, typer.Option("--no-watch", help="Send it, and do not watch it.")] = False,
    json: Json = False,
) -> None:
    """Send a push to all terminals of the demo app, which `make run` runs in this folder with
    simulated vendors, and watch it. Where there are no terminals, 20 are registered first.

    Example:

    \b
      pushgate demo
    """
    with ended_tidily(as_json=json):
        local = local_server()
        if local is None or local.app != _APP:
            raise usage(
                f"no demo runs in this folder: {FOLDER}/ has no key of the app demo",
                "start one with `make run` or `pushgate up`, and run this command in the same folder",
            )
        server = Server(url=local.profile.url, key=local.profile.key, source=f"folder {FOLDER}")
        with open_client(server) as pushgate:
            found = Session(pushgate, Output(json=json), server)
            if not pushgate.audiences.count({"all": True})["total"]:
                pushgate.terminals.register_many([_terminal(number) for number in range(_FEW)])
            sent = pushgate.messages.send(_CONTENT, {"all": True}, default_language="en")
            found.output.document(sent, [f"{sent['id']}  {sent['status']}"])
            if not silent:
                watch(found, sent["id"])


def _terminal(number: int) -> dict[str, object]:
    """A terminal with a token in its vendor's form."""
    return {
        "id": f"demo-{number}",
        "vendor": _VENDORS[number % len(_VENDORS)],
        "token": f"{number:04x}" * 16,
        "language": _LANGUAGES[number % len(_LANGUAGES)],
        "user": f"demo-user-{number}",
    }
