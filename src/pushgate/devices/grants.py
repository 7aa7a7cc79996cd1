"""A device's credential -> what it grants. Verifies registration tokens of all kinds and public
ids.
"""

import hmac

from pushgate.apps.catalog import ConfiguredApp
from pushgate.devices.anonymous_limits import AnonymousLimits
from pushgate.devices.credentials import Credential, DeviceSecret, PublicId, RegistrationToken, SignedToken
from pushgate.devices.grant import Grant
from pushgate.devices.registration import NOT_OF_TERMINAL
from pushgate.devices.registration_tokens import RegistrationTokens
from pushgate.devices.signed_tokens import NOT_SIGNED, audience_of, verify
from pushgate.devices.signing_keys import SigningKeys
from pushgate.domain.clock import Clock
from pushgate.domain.errors import DeviceUnauthorized


def refusal(credential: Credential) -> DeviceUnauthorized:
    """The answer to a wrong credential. Whether its app is known or not, the answer is the same:
    nobody learns from it which apps there are.
    """
    match credential:
        case RegistrationToken():
            return DeviceUnauthorized("the registration token is not valid, or has expired")
        case SignedToken():
            return DeviceUnauthorized(NOT_SIGNED)
        case PublicId():
            return DeviceUnauthorized("the app takes no registrations without a registration token")
        case DeviceSecret():
            return DeviceUnauthorized(NOT_OF_TERMINAL)


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
                    raise refusal(credential)
                return grant
            case SignedToken():
                return await self._signed(credential)
            case PublicId():
                # No secret: whoever has the app has the id. But it says which apps there are.
                is_right = hmac.compare_digest(credential.text.encode(), configured.public_id.encode())
                if not (is_right and configured.allow_anonymous):
                    raise refusal(credential)
                self._limits.take(configured, client, self._clock.now())
                return Grant()
        raise refusal(credential)

    async def _signed(self, token: SignedToken) -> Grant:
        key = await self._keys.find(token.app, token.key_id)
        if key is None:
            raise refusal(token)
        verifying_key = self._keys.verifying_key(token.app, key)
        audience = audience_of(self._gateway, token.app)
        return verify(token, key.algorithm, verifying_key, audience, self._clock.now())
