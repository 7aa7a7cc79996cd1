"""Which server a command calls, and with which key."""

import os
from dataclasses import dataclass

from pushgate.cli.client.command_errors import usage
from pushgate.cli.client.local_folder import FOLDER, local_server
from pushgate.cli.client.profile_file import Profile, Profiles, read_profiles

_NONE_GIVEN = """no server is given. Do one of these:
  run the command in the folder in which `make run` or `pushgate up` runs
  export PUSHGATE_URL=https://push.example.com PUSHGATE_KEY=<API key>
  pushgate profiles add NAME --url https://push.example.com
For the first API key, on the server's machine: pushgate keys create --config FILE"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server and the key to call it with. `source` says where they come from."""

    url: str
    key: str
    source: str

    @property
    def words(self) -> str:
        """The server as confirmations name it."""
        return f"{self.url} ({self.source})"

    @property
    def key_words(self) -> str:
        """What a refusal says of the key."""
        if self.key:
            return f"the key is that of {self.words}"
        return f"no key is given for {self.words}: export PUSHGATE_KEY=<API key>, or see `pushgate profiles`"


def find_server(profile: str | None, *, operator: bool) -> Server:
    """Return the server of this profile; without one that of PUSHGATE_URL and PUSHGATE_KEY, else of
    the profile in use, else of the folder `.pushgate`.

    With `operator` the operator's key is taken where there is one. Raises CommandError.
    """
    if profile is not None:
        return _of_profile(read_profiles(), profile, operator=operator)
    url, key = os.environ.get("PUSHGATE_URL", ""), os.environ.get("PUSHGATE_KEY", "")
    if url:
        return Server(url=url, key=key, source="PUSHGATE_URL")
    if key:
        # The key is not sent to a server that it may not be for.
        raise usage(
            "PUSHGATE_KEY is set, and PUSHGATE_URL is not", "export PUSHGATE_URL=https://push.example.com"
        )
    profiles = read_profiles()
    if profiles.current:
        return _of_profile(profiles, profiles.current, operator=operator)
    found = local_server()
    if found is None:
        raise usage(_NONE_GIVEN)
    return _of(found.profile, f"folder {FOLDER}", operator=operator)


def _of_profile(profiles: Profiles, name: str, *, operator: bool) -> Server:
    found = profiles.named(name, "pushgate profiles add NAME --url URL")
    return _of(found, f"profile {name}", operator=operator)


def _of(profile: Profile, source: str, *, operator: bool) -> Server:
    first, second = (profile.operator_key, profile.key) if operator else (profile.key, profile.operator_key)
    return Server(url=profile.url, key=first or second, source=source)
