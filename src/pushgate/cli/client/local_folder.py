"""The server that `pushgate up` runs in this folder: its address and keys are in `.pushgate/`.

A folder may come from somebody else, with an archive for example. So it counts only where it
belongs to this user, nobody else may write to it, and its server is on this machine.
"""

import os
import tomllib
from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.profile_file import Profile

FOLDER = Path(".pushgate")
_OPERATOR_KEY = "operator.key"
_EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "localhost": "127.0.0.1"}  # noqa: S104  # read, not bound


class LocalServer(NamedTuple):
    """The server of a folder, and its only app; "" where it has none with a key."""

    profile: Profile
    app: str


def local_server(folder: Path = FOLDER) -> LocalServer | None:
    """Return the server of this folder and its keys, None where there is none, or it is not safe.

    Raises CommandError where there are keys of several apps.
    """
    written = _read(folder / "run.toml")
    if written is None or not _is_safe(folder):
        return None
    try:
        settings = tomllib.loads(written)
    except tomllib.TOMLDecodeError:
        return None
    section = settings.get("api", {})
    listened = section.get("host", "127.0.0.1")
    host = _EVERYWHERE.get(listened, listened)
    if not _is_loopback(host) or not isinstance(section.get("port"), int):
        return None
    shown = f"[{host}]" if ":" in host else host
    app, key = _app_key(folder, settings.get("apps", {}))
    profile = Profile(
        url=f"http://{shown}:{section['port']}",
        key=key,
        operator_key=_read(folder / _OPERATOR_KEY) or "",
    )
    return LocalServer(profile, app)


def _app_key(folder: Path, apps: Iterable[str]) -> tuple[str, str]:
    """The folder's only app and its key, "" where there is none."""
    found = {app: _read(folder / f"{app}.admin.key") or _read(folder / f"{app}.key") for app in apps}
    keys = {app: key for app, key in found.items() if key}
    if len(keys) > 1:
        raise usage(
            f"{folder}/ has keys of several apps: {', '.join(keys)}",
            f"choose one: export PUSHGATE_URL=http://... PUSHGATE_KEY=$(cat {folder}/{next(iter(keys))}.key)",
        )
    return next(iter(keys.items()), ("", ""))


def _is_safe(folder: Path) -> bool:
    found = folder.stat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o022


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _read(file: Path) -> str | None:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
