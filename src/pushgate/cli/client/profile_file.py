"""The file with profiles of servers: `pushgate/profiles.toml` in the user's configuration folder.

It holds API keys: nobody else may read it.
"""

import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import tomli_w

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.private_file import private_file

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """A server and the keys to it: one of an app, one of the operator, either or both."""

    url: str
    key: str = ""
    operator_key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiles:
    """All profiles, and the one that is used where a command names none."""

    by_name: Mapping[str, Profile] = field(default_factory=dict)
    current: str = ""

    def named(self, name: str, hint: str = "") -> Profile:
        """Return a profile. Raises CommandError, with the hint, where there is none."""
        if name not in self.by_name:
            raise usage(f"there is no profile {name}; known: {', '.join(self.by_name) or 'none'}", hint)
        return self.by_name[name]


def profile_file() -> Path:
    """Return where the profiles are: below XDG_CONFIG_HOME, else below ~/.config."""
    named = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    folder = named if named.is_absolute() else Path.home() / ".config"
    return folder / "pushgate" / "profiles.toml"


def check_name(name: str) -> str:
    """Return the name of a profile. Raises CommandError."""
    if not _NAME.fullmatch(name):
        raise usage("a profile's name has letters, digits, `.`, `_` and `-`, 64 at most")
    return name


def read_profiles() -> Profiles:
    """Return the profiles, none where there is no file.

    Raises CommandError for a file that others may read, or that is not right.
    """
    file = profile_file()
    try:
        mode = file.stat().st_mode
        written = tomllib.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return Profiles()
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise usage(f"{file} is not valid TOML: {error}") from error
    if mode & 0o077:
        raise usage(f"{file} holds API keys, and others may read it", f"chmod 600 {file}")
    tables = written.get("profiles", {})
    if not isinstance(tables, dict):
        raise usage(f"{file}: `profiles` must be a table")
    found = {name: _profile(file, name, table) for name, table in tables.items()}
    return Profiles(by_name=found, current=str(written.get("current", "")))


def write_profiles(profiles: Profiles) -> None:
    """Replace the file at once, so that nobody reads half of it. Only its owner may read it."""
    file = profile_file()
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    tables = {name: _table(profile) for name, profile in profiles.by_name.items()}
    text = tomli_w.dumps({"current": profiles.current, "profiles": tables})
    with private_file(file) as opened:
        opened.write(text)


def _profile(file: Path, name: str, table: object) -> Profile:
    values = table if isinstance(table, dict) else {}
    unknown = values.keys() - {"url", "key", "operator_key"}
    if unknown or not values.get("url") or not all(isinstance(value, str) for value in values.values()):
        raise usage(f"{file}: the profile {name} must have `url`, and may have `key` and `operator_key`")
    return Profile(**values)


def _table(profile: Profile) -> dict[str, str]:
    values = {"url": profile.url, "key": profile.key, "operator_key": profile.operator_key}
    return {name: value for name, value in values.items() if value}
