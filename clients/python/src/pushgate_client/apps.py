"""Apps and their vendors, while Pushgate runs.

Made from `async_apps.py` by `make clients`; do not edit.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from pushgate_client import types
from pushgate_client.calls import Call, path
from pushgate_client.transport import Transport


class Apps:
    """Apps and the vendors they push through."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def put(self, app: str, settings: types.AppSettingsBody) -> types.AppView:
        """Create an app, or replace its settings."""
        call = Call(method="PUT", path=path("/v1/apps/{}", app), json=settings)
        return cast("types.AppView", self._transport.send(call))

    def change(self, app: str, changes: types.ChangedAppSettings) -> types.AppView:
        """Change some settings of an app."""
        call = Call(method="PATCH", path=path("/v1/apps/{}", app), json=changes)
        return cast("types.AppView", self._transport.send(call))

    def get(self, app: str) -> types.AppView:
        """Return an app and its vendors, without secrets."""
        call = Call(method="GET", path=path("/v1/apps/{}", app))
        return cast("types.AppView", self._transport.send(call))

    def list(self, *, page_size: int = 100) -> Iterator[types.AppView]:
        """Yield the apps, by name."""
        call = Call(method="GET", path="/v1/apps", query={"limit": page_size})
        for page in self._transport.pages(call):
            for one in cast("types.AppPage", page)["apps"]:
                yield one

    def delete(self, app: str) -> types.AppView:
        """Delete an app with all that is kept of it. The data goes in the background."""
        call = Call(method="DELETE", path=path("/v1/apps/{}", app), query={"confirm": app})
        return cast("types.AppView", self._transport.send(call))

    def put_vendor(
        self,
        app: str,
        vendor: str,
        section: types.VendorSectionBody,
        *,
        check: bool = True,
        keep_previous: str | None = None,
    ) -> types.AppVendorView:
        """Set a vendor section of an app. Its credentials are tried unless `check` is False."""
        call = Call(
            method="PUT",
            path=path("/v1/apps/{}/vendors/{}", app, vendor),
            json=section,
            query={"check": check, "keep_previous": keep_previous},
        )
        return cast("types.AppVendorView", self._transport.send(call))

    def change_vendor(
        self,
        app: str,
        vendor: str,
        changes: types.VendorSectionBody,
        *,
        check: bool = True,
        keep_previous: str | None = None,
    ) -> types.AppVendorView:
        """Change some settings of an app's vendor."""
        call = Call(
            method="PATCH",
            path=path("/v1/apps/{}/vendors/{}", app, vendor),
            json=changes,
            query={"check": check, "keep_previous": keep_previous},
        )
        return cast("types.AppVendorView", self._transport.send(call))

    def get_vendor(self, app: str, vendor: str) -> types.AppVendorView:
        """Return an app's section of a vendor, without secrets."""
        call = Call(method="GET", path=path("/v1/apps/{}/vendors/{}", app, vendor))
        return cast("types.AppVendorView", self._transport.send(call))

    def vendors(self, app: str) -> types.AppVendorPage:
        """Return all vendor sections of an app."""
        call = Call(method="GET", path=path("/v1/apps/{}/vendors", app))
        return cast("types.AppVendorPage", self._transport.send(call))

    def delete_vendor(self, app: str, vendor: str) -> None:
        """Delete an app's section of a vendor."""
        self._transport.send(Call(method="DELETE", path=path("/v1/apps/{}/vendors/{}", app, vendor)))

    def pause(self, app: str) -> types.PausedApp:
        """Stop the dispatching and sending of all that the app sends."""
        call = Call(method="POST", path=path("/v1/apps/{}/pause", app))
        return cast("types.PausedApp", self._transport.send(call))

    def resume(self, app: str) -> types.PausedApp:
        """Go on with a paused app."""
        call = Call(method="POST", path=path("/v1/apps/{}/resume", app))
        return cast("types.PausedApp", self._transport.send(call))

    def pause_vendor(self, app: str, vendor: str) -> types.PausedVendor:
        """Stop sending through a vendor. Pushes wait until their time to live is over."""
        call = Call(method="POST", path=path("/v1/apps/{}/vendors/{}/pause", app, vendor))
        return cast("types.PausedVendor", self._transport.send(call))

    def resume_vendor(self, app: str, vendor: str) -> types.PausedVendor:
        """Go on with a paused vendor."""
        call = Call(method="POST", path=path("/v1/apps/{}/vendors/{}/resume", app, vendor))
        return cast("types.PausedVendor", self._transport.send(call))

    def reset_breaker(self, app: str, vendor: str) -> types.ClosedBreakers:
        """Close the circuit breakers of a vendor at once."""
        call = Call(method="POST", path=path("/v1/apps/{}/vendors/{}/reset-breaker", app, vendor))
        return cast("types.ClosedBreakers", self._transport.send(call))

    def held_removals(self, app: str, vendor: str, *, page_size: int = 100) -> Iterator[types.HeldTerminal]:
        """Yield terminals with tokens that the vendor calls dead, too many to be believed."""
        call = Call(
            method="GET",
            path=path("/v1/apps/{}/vendors/{}/held-removals", app, vendor),
            query={"limit": page_size},
        )
        for page in self._transport.pages(call):
            for one in cast("types.HeldRemovalPage", page)["terminals"]:
                yield one

    def confirm_held_removals(self, app: str, vendor: str) -> types.ConfirmedRemoval:
        """Remove the terminals of held removals. It is not repeated: others may be held by then."""
        call = Call(
            method="POST",
            path=path("/v1/apps/{}/vendors/{}/held-removals/confirm", app, vendor),
            repeatable=False,
        )
        return cast("types.ConfirmedRemoval", self._transport.send(call))

    def dismiss_held_removals(self, app: str, vendor: str) -> types.DismissedRemovals:
        """Keep the terminals of held removals."""
        call = Call(method="POST", path=path("/v1/apps/{}/vendors/{}/held-removals/dismiss", app, vendor))
        return cast("types.DismissedRemovals", self._transport.send(call))
