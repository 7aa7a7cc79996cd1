"""Devices that register themselves. `devices.py` is made from this file."""

from __future__ import annotations

from typing import cast

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, bearer, path


class AsyncDevices:
    """Registration tokens for client apps, keys with which a backend signs its own, and the calls
    of the devices.
    """

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def create_token(self, body: types.RegistrationTokenBody) -> types.RegistrationToken:
        """Create a token with which one client app registers its own terminal."""
        call = Call(method="POST", path="/v1/registration-tokens", json=body)
        return cast("types.RegistrationToken", await self._transport.send(call))

    async def keys(self) -> types.RegistrationKeys:
        """Return the keys that verify tokens of the backend, without secrets."""
        call = Call(method="GET", path="/v1/registration-keys")
        return cast("types.RegistrationKeys", await self._transport.send(call))

    async def add_key(self, body: types.RegistrationKeyBody) -> types.RegistrationKey:
        """Register a key with which the backend signs registration tokens."""
        call = Call(method="POST", path="/v1/registration-keys", json=body, repeatable=False)
        return cast("types.RegistrationKey", await self._transport.send(call))

    async def delete_key(self, key_id: str) -> None:
        """Delete such a key."""
        await self._transport.send(Call(method="DELETE", path=path("/v1/registration-keys/{}", key_id)))

    async def register(
        self, terminal_id: str, body: types.DeviceBody, *, token: str
    ) -> types.RegisteredDevice:
        """Register a terminal as its device does, with a registration token, or the app's public
        id.
        """
        call = Call(method="PUT", path=path("/v1/devices/{}", terminal_id), json=body, headers=bearer(token))
        return cast("types.RegisteredDevice", await self._transport.send(call))

    async def change(self, terminal_id: str, changes: types.DeviceChangeBody, *, secret: str) -> types.Device:
        """Change a terminal as its device does, with the device secret."""
        call = Call(
            method="PATCH", path=path("/v1/devices/{}", terminal_id), json=changes, headers=bearer(secret)
        )
        return cast("types.Device", await self._transport.send(call))

    async def delete(self, terminal_id: str, *, secret: str) -> None:
        """Delete a terminal as its device does, with the device secret."""
        call = Call(method="DELETE", path=path("/v1/devices/{}", terminal_id), headers=bearer(secret))
        await self._transport.send(call)
