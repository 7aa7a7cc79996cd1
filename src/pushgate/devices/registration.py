"""Who may register which terminal: what a registration token, a device secret and nothing at all
allow. In: a grant and what the device says of itself. Out: a registered terminal with a new secret.
"""

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from pushgate.devices.credentials import DeviceSecret
from pushgate.devices.grant import Grant
from pushgate.devices.registration_tokens import RegistrationTokens
from pushgate.domain.app import App
from pushgate.domain.errors import Conflict, DeviceUnauthorized, Forbidden, NotFound
from pushgate.domain.terminal import Terminal
from pushgate.stores import Stores
from pushgate.terminals.device_secrets import KnownDevice, digest
from pushgate.terminals.registration import Registered
from pushgate.terminals.registry import OWNED_BY_ANOTHER, Single, is_of_another
from pushgate.terminals.rows import NEW

_ATTEMPTS = 20
NOT_OF_TERMINAL = "the device secret is not of this terminal; register again"
"""What is said of a device secret that is not right, or whose terminal is not there."""
_KNOWN = (
    "there is a terminal with this id: send its device secret in device_secret, "
    "or a registration token that names its user, or register with another id"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRegistered:
    """A terminal that registered itself, and its new device secret."""

    registered: Registered
    secret: DeviceSecret


class DeviceRegistration:
    """Registers and changes terminals for their own installations. All calls raise
    EngineUnavailable.
    """

    def __init__(self, stores: Stores, tokens: RegistrationTokens) -> None:
        self._stores = stores
        self._tokens = tokens

    async def register(
        self, app: App, written: Terminal, grant: Grant, secret: DeviceSecret | None
    ) -> DeviceRegistered:
        """Register a terminal with the user and tags of the grant. `secret` is that of the
        terminal, where the device knows it.

        What devices cannot set is kept of a known terminal: attributes, and tags that the grant
        does not name. Raises DeviceUnauthorized, Forbidden, Conflict.
        """
        if grant.terminal not in (None, written.id):
            raise Forbidden("the registration token is for another terminal")
        issued = DeviceSecret.new(app.name)
        issued_digest = digest(issued.secret)
        for _ in range(_ATTEMPTS):
            known = await self._stores.device_secrets.read(app, written.id)
            if known and not await self._may_register(app, known, grant, secret):
                raise Conflict(_KNOWN)
            terminal = _granted(written, grant, known.terminal if known else None)
            if grant.user is None:
                await self._require_free_token(app, terminal)
            if grant.use and not await self._tokens.use(app.name, grant.use, terminal.id, issued_digest):
                raise DeviceUnauthorized("the registration token has registered another terminal")
            single = Single(known.version if known else NEW, issued_digest, yields=grant.user is None)
            registered = await self._stores.registration.replace(app, terminal, single)
            if registered:
                return DeviceRegistered(registered=registered, secret=issued)
        raise Conflict("the terminal is being changed by others; try again")

    async def change(
        self, app: App, terminal_id: str, secret: DeviceSecret, merge: Callable[[Terminal], Terminal]
    ) -> Registered:
        """Change a terminal by its own device. Raises DeviceUnauthorized, Conflict."""
        for _ in range(_ATTEMPTS):
            known = await self.authenticate(app, terminal_id, secret)
            terminal = merge(known.terminal)
            if terminal.token != known.terminal.token:
                await self._require_free_token(app, terminal)
            changed = await self._stores.registration.replace(
                app, terminal, Single(known.version, yields=True)
            )
            if changed:
                return changed
        raise Conflict("the terminal is being changed by others; try again")

    async def forget(self, app: App, terminal_id: str, secret: DeviceSecret) -> None:
        """Forget a terminal for its own device. Raises DeviceUnauthorized."""
        await self.authenticate(app, terminal_id, secret)
        await self._stores.registry.forget(app, [terminal_id])

    async def authenticate(self, app: App, terminal_id: str, secret: DeviceSecret) -> KnownDevice:
        """The terminal that a secret is of. Raises DeviceUnauthorized, for a terminal that is not
        there, too.
        """
        known = await self._stores.device_secrets.read(app, terminal_id)
        if known is None or not await self._stores.device_secrets.use(app, known, secret.secret):
            raise DeviceUnauthorized(NOT_OF_TERMINAL)
        return known

    async def _may_register(
        self, app: App, known: KnownDevice, grant: Grant, secret: DeviceSecret | None
    ) -> bool:
        if secret and await self._stores.device_secrets.use(app, known, secret.secret):
            return True
        if grant.user is not None and grant.user == known.terminal.user:
            return True
        # The answer to the same registration may have been lost.
        return grant.use is not None and await self._tokens.has_registered(app.name, grant.use, known)

    async def _require_free_token(self, app: App, terminal: Terminal) -> None:
        """Raise Conflict where a terminal of another user has the push token."""
        try:
            owner = await self._stores.registry.read_owner(app, [terminal.token], terminal.vendor)
        except NotFound:
            return
        if owner.id != terminal.id and is_of_another(owner, terminal):
            raise Conflict(OWNED_BY_ANOTHER)


def _granted(written: Terminal, grant: Grant, known: Terminal | None) -> Terminal:
    """The terminal as it is to be registered."""
    tags = grant.tags if grant.tags is not None else known.tags if known else ()
    return replace(
        written,
        user=grant.user,
        tags=tags,
        attributes=known.attributes if known else {},
        is_anonymous=grant.is_anonymous,
    )
