"""A device's credential -> what it grants. Verifies registration tokens of all kinds and public
ids.
"""

import hmac

from pushgate.apps.catalog import ConfiguredApp
from pushgate.devices.anonymous_limits import AnonymousLimits
from pushgate.devices.credentials import Credential, PublicId, RegistrationToken, SignedToken
from pushgate.devices.grant import Grant
from pushgate.devices.registration_tokens import RegistrationTokens
from pushgate.devices.signed_tokens import audience_of, verify
from pushgate.devices.signing_keys import SigningKeys
from pushgate.domain.clock import Clock
from pushgate.domain.errors import DeviceUnauthorized


class Grants:
    """What credentials grant at this gateway. All calls raise DeviceUnauthorized and
    EngineUnavailable.
    """

    def __init__(
        self,
        *,
        tokens: RegistrationTokens,
        keys: SigningKeys,
        limits: AnonymousLimits,
        gateway: str,
        clock: Clock,
    ) -> None:
        self._tokens = tokens
        self._keys = keys
        self._limits = limits
        self._gateway = gateway
        self._clock = clock

    async def of(self, configured: ConfiguredApp, credential: Credential, client: str) -> Grant:
        """What a credential of the app grants to a client, by which anonymous devices are counted.

        Raises TooManyRegistrations, SealedElsewhere.
        """
        match credential:
            case RegistrationToken():
                grant = await self._tokens.read(credential)
                if grant is None:
                    raise DeviceUnauthorized("the registration token is not valid, or has expired")
                return grant
            case SignedToken():
                return await self._signed(credential)
            case PublicId():
                # No secret: whoever has the app has the id. But it says which apps there are.
                is_right = hmac.compare_digest(credential.text.encode(), configured.public_id.encode())
                if not (is_right and configured.allow_anonymous):
                    raise DeviceUnauthorized("the app takes no registrations without a registration token")
                self._limits.take(configured, client, self._clock.now())
                return Grant()
        raise DeviceUnauthorized("register with a registration token; a device secret changes the terminal")

    async def _signed(self, token: SignedToken) -> Grant:
        key = await self._keys.find(token.app, token.key_id)
        if key is None:
            raise DeviceUnauthorized("the registration token is not signed with its key")
        verifying_key = self._keys.verifying_key(token.app, key)
        audience = audience_of(self._gateway, token.app)
        return verify(token, key.algorithm, verifying_key, audience, self._clock.now())
