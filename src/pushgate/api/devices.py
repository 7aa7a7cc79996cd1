"""Authorization of devices: the credential of a request, and its app."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPBearer

from pushgate.api.clients import ClientAddresses
from pushgate.api.context import ApiContext
from pushgate.api.http_request import HttpRequest
from pushgate.apps.catalog import ConfiguredApp
from pushgate.devices import credentials
from pushgate.devices.credentials import Credential, DeviceSecret
from pushgate.devices.grants import Grants, refusal
from pushgate.devices.registration import DeviceRegistration
from pushgate.devices.registration_tokens import RegistrationTokens
from pushgate.devices.signing_keys import SigningKeys
from pushgate.domain.errors import DeviceUnauthorized, NotConfiguredHere, SealedElsewhere
from pushgate.runtime import log_context, logs

_HOW = "Authorization: Bearer <registration token, or public id of the app>"
_log = logs.get("api")
_bearer = HTTPBearer(
    auto_error=False,
    description="A registration token, a device secret, or the public id of an app",
    scheme_name="device",
)


def credential_in(header: str | None) -> Credential | None:
    """Return the credential in a value of Authorization, None where there is none."""
    scheme, _, text = (header or "").partition(" ")
    return credentials.parse(text.strip()) if scheme.lower() == "bearer" else None


async def device_credential(request: Request, _: Annotated[object, Security(_bearer)] = None) -> Credential:
    """Return the credential with which a device registers. Raises DeviceUnauthorized where there is
    none.
    """
    found = credential_in(request.headers.get("authorization"))
    if found is None:
        raise DeviceUnauthorized(f"send a credential of the device: {_HOW}")
    if isinstance(found, DeviceSecret):
        raise DeviceUnauthorized(
            "register with a registration token; a device secret changes the terminal, "
            "and belongs in device_secret here"
        )
    return found


async def device_secret(request: Request, _: Annotated[object, Security(_bearer)] = None) -> DeviceSecret:
    """Return the device secret of a request. Raises DeviceUnauthorized for any other credential."""
    return required_secret(request)


def required_secret(request: HttpRequest) -> DeviceSecret:
    """Return the device secret of a request. Raises DeviceUnauthorized for any other credential."""
    found = credential_in(request.headers.get("authorization"))
    if not isinstance(found, DeviceSecret):
        raise DeviceUnauthorized("send the device secret: Authorization: Bearer <device secret>")
    return found


DeviceCredential = Annotated[Credential, Depends(device_credential)]
DeviceProof = Annotated[DeviceSecret, Depends(device_secret)]


async def app_of(context: ApiContext, credential: Credential) -> ConfiguredApp:
    """Return the app that a credential names.

    Raises DeviceUnauthorized where there is none, as for a wrong credential of an app;
    NotConfiguredHere where this process has no settings for it, EngineUnavailable.
    """
    configured = context.catalog.apps.get(credential.app)
    if configured is None:
        registered = await context.catalog.find(credential.app)
        if registered:
            await context.apps.refresh()  # the app may be new
            configured = context.catalog.apps.get(credential.app)
        if registered and configured is None:
            raise NotConfiguredHere(f"this process has no settings for the app {credential.app}; try again")
    if configured is None:
        raise refusal(credential)
    log_context.add("app", configured.app.name)
    return configured


@contextmanager
def telling_no_secrets() -> Iterator[None]:
    """Where a secret does not open, name the master keys in the log alone, and not to the
    device.
    """
    try:
        yield
    except SealedElsewhere as error:
        _log.error("a device waits for a master key", action="device_sealed_elsewhere", error=str(error))
        raise SealedElsewhere("the gateway cannot check this request now; try again later") from error


def counted_client(request: HttpRequest) -> str:
    """Return what limits of one client count a request by."""
    clients: ClientAddresses = request.scope["app"].clients
    return clients.counted(request.scope)


def signing_keys_of(context: ApiContext) -> SigningKeys:
    """Return the keys with which backends sign registration tokens."""
    return SigningKeys(context.redis, context.clock, context.sealer)


def grants_of(context: ApiContext) -> Grants:
    """Return what credentials grant."""
    return Grants(
        tokens=RegistrationTokens(context.redis, context.clock),
        keys=signing_keys_of(context),
        limits=context.anonymous_limits,
        gateway=context.watch.store.id,
        clock=context.clock,
    )


def registration_of(context: ApiContext) -> DeviceRegistration:
    """Return the registration of devices."""
    return DeviceRegistration(context.stores, RegistrationTokens(context.redis, context.clock))
