"""Devices that register themselves.

Made from `async_devices.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, bearer, path
from pushgate_client.transport import Transport


class Devices:
    """Registration tokens for client apps, keys with which a backend signs its own, and the calls
    of the devices.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def create_token(self, body: types.RegistrationTokenBody) -> types.RegistrationToken:
        """Create a token with which one client app registers its own terminal."""
        call = Call(method="POST", path="/v1/registration-tokens", json=body)
        return cast("types.RegistrationToken", self._transport.send(call))

    def keys(self) -> types.RegistrationKeys:
        """Return the keys that verify tokens of the backend, without secrets."""
        call = Call(method="GET", path="/v1/registration-keys")
        return cast("types.RegistrationKeys", self._transport.send(call))

    def add_key(self, body: types.RegistrationKeyBody) -> types.RegistrationKey:
        """Register a key with which the backend signs registration tokens."""
        call = Call(method="POST", path="/v1/registration-keys", json=body, repeatable=False)
        return cast("types.RegistrationKey", self._transport.send(call))

    def delete_key(self, key_id: str) -> None:
        """Delete such a key."""
        self._transport.send(Call(method="DELETE", path=path("/v1/registration-keys/{}", key_id)))

    def register(self, terminal_id: str, body: types.DeviceBody, *, token: str) -> types.RegisteredDevice:
        """Register a terminal as its device does, with a registration token, or the app's public
        id.
        """
        call = Call(method="PUT", path=path("/v1/devices/{}", terminal_id), json=body, headers=bearer(token))
        return cast("types.RegisteredDevice", self._transport.send(call))

    def change(self, terminal_id: str, changes: types.DeviceChangeBody, *, secret: str) -> types.Device:
        """Change a terminal as its device does, with the device secret."""
        call = Call(
            method="PATCH", path=path("/v1/devices/{}", terminal_id), json=changes, headers=bearer(secret)
        )
        return cast("types.Device", self._transport.send(call))

    def delete(self, terminal_id: str, *, secret: str) -> None:
        """Delete a terminal as its device does, with the device secret."""
        call = Call(method="DELETE", path=path("/v1/devices/{}", terminal_id), headers=bearer(secret))
        self._transport.send(call)
