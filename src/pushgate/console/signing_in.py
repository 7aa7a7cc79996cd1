"""What a session may do at this moment: its keys as they are now, and the app whose pages are
shown.
"""

import asyncio
import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pushgate.apps.api_key import ApiKey, KeyText, digest
from pushgate.apps.api_keys import ApiKeys
from pushgate.apps.key_networks import is_within
from pushgate.console.oidc.grants import granted_keys
from pushgate.console.sessions import Person, Session, SessionKey, Sessions, new_csrf_token
from pushgate.domain.clock import Clock, to_ms
from pushgate.domain.errors import Forbidden

MAX_KEYS = 50
"""Keys in one session: one of each app, and an operator's."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session whose keys hold. `keys` are by app, '' for the operator's."""

    session_id: str
    session: Session
    keys: Mapping[str, ApiKey]

    @property
    def apps(self) -> Sequence[str]:
        """The apps that the session has keys of, in the order of their names."""
        return sorted(app for app in self.keys if app)

    @property
    def app(self) -> str:
        """The app whose pages are shown; '' where there is only an operator's key."""
        if self.session.app in self.keys:
            return self.session.app
        return next(iter(self.apps), "")

    @property
    def app_key(self) -> ApiKey | None:
        """The key of the app whose pages are shown."""
        return self.keys.get(self.app) if self.app else None

    @property
    def operator_key(self) -> ApiKey | None:
        """The operator's key."""
        return self.keys.get("")


class SigningIn:
    """Makes sessions from keys, and looks keys of sessions up."""

    def __init__(
        self, sessions: Sessions, keys: ApiKeys, clock: Clock, grants: Mapping[str, Sequence[str]]
    ) -> None:
        """`grants` are those of `console.oidc`."""
        self.sessions = sessions
        self._keys = keys
        self._clock = clock
        self._grants = grants

    async def authenticate(self, text: str, address: str) -> ApiKey:
        """Return the key with this text. Raises Unauthorized, EngineUnavailable, and Forbidden for
        a key that may not be used from this address.
        """
        key = await self._keys.authenticate(text)
        if key.networks and not is_within(key.networks, address):
            raise Forbidden("the API key may not be used from this address")
        return key

    async def begin(self, keys: Sequence[tuple[ApiKey, str]], before: SignedIn | None) -> str:
        """Begin a session with keys and the digests of their secrets. Returns its id.

        The keys of the session before stay, but for those of the same apps. That session ends, so
        that an id which somebody else knows becomes nothing.
        """
        named = dict(_named(before))
        named |= {key.app: SessionKey(key.id, shown) for key, shown in keys}
        app = next((key.app for key, _ in keys if key.app), before.app if before else "")
        person = before.session.person if before else None
        return await self._replace(before, tuple(named.values())[-MAX_KEYS:], app, person)

    async def begin_as(self, person: Person, before: SignedIn | None) -> str | None:
        """Begin a session of somebody whom the provider knows; None where nothing is allowed to
        them. The keys of the session before stay.
        """
        granted = [key.app for key in self._granted(person)]
        if not granted:
            return None
        app = next((app for app in granted if app), before.app if before else "")
        return await self._replace(before, before.session.keys if before else (), app, person)

    async def begin_with_ids(
        self, key_ids: Sequence[str], address: str, before: SignedIn | None
    ) -> str | None:
        """Begin a session with stored keys; those that do not hold are left out. None without
        any.
        """
        found = []
        for key_id in key_ids:
            key = await self._find(SessionKey(key_id, ""), address)
            if key is not None:
                found.append((key, key.digest))
        return await self.begin(found, before) if found else None

    async def look_up(self, session_id: str, address: str) -> SignedIn | None:
        """Return the session as it is now; None where it has ended, or none of its keys holds.

        Raises EngineUnavailable.
        """
        session = await self.sessions.read(session_id)
        if session is None:
            return None
        found = await asyncio.gather(*(self._find(named, address) for named in session.keys))
        keys = {key.app: key for key in self._granted(session.person)}
        keys |= {key.app: key for key in found if key is not None}
        if not keys:
            await self.sessions.delete(session_id)
            return None
        return SignedIn(session_id, session, keys)

    async def _replace(
        self, before: SignedIn | None, keys: tuple[SessionKey, ...], app: str, person: Person | None
    ) -> str:
        """Begin a session and end the one before. Returns the id of the new one."""
        session = Session(
            created_at=to_ms(self._clock.now()),
            csrf_token=new_csrf_token(),
            keys=keys,
            app=app,
            person=person,
        )
        session_id = await self.sessions.create(session)
        if before:
            await self.sessions.delete(before.session_id)
        return session_id

    def _granted(self, person: Person | None) -> Sequence[ApiKey]:
        if person is None:
            return ()
        now = self._clock.now()
        return granted_keys(self._grants, person.values, person=person.id, name=person.name, now=now)

    async def _find(self, named: SessionKey, address: str) -> ApiKey | None:
        """Return the key where it holds, and with a digest, where the secret holds."""
        key = await self._keys.find_current(named.key_id)
        if key is None or key.has_expired(self._clock.now()):
            return None
        if named.digest and not _holds(key, named.digest, self._clock):
            return None
        return None if key.networks and not is_within(key.networks, address) else key


def shown_secret(text: str) -> str:
    """Return the digest of the secret of a key's text."""
    written = KeyText.parse(text)
    return digest(written.secret) if written else ""


def _named(before: SignedIn | None) -> Sequence[tuple[str, SessionKey]]:
    """Return the keys of a session that hold, by their apps."""
    if before is None:
        return ()
    held = {named.key_id: named for named in before.session.keys}
    return [(app, held[key.id]) for app, key in before.keys.items() if key.id in held]


def _holds(key: ApiKey, shown: str, clock: Clock) -> bool:
    """Whether this is the digest of a secret of the key that holds now."""
    if hmac.compare_digest(key.digest, shown):
        return True
    now = clock.now()
    return any(hmac.compare_digest(one.digest, shown) and now < one.until for one in key.previous)
