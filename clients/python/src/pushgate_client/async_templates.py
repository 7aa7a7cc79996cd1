"""Stored templates. `templates.py` is made from this file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import cast

from pushgate_client import types
from pushgate_client.async_transport import AsyncTransport
from pushgate_client.calls import Call, path


class AsyncTemplates:
    """The stored templates of an app. A message names one by its `template`."""

    def __init__(self, transport: AsyncTransport) -> None:
        self._transport = transport

    async def put(self, name: str, template: types.TemplateBody) -> types.TemplateWithWarnings:
        """Store a version. Content equal to that of the latest version makes no new one."""
        call = Call(method="PUT", path=path("/v1/templates/{}", name), json=template)
        return cast("types.TemplateWithWarnings", await self._transport.send(call))

    async def get(self, name: str, version: int | None = None) -> types.Template:
        """Return a version, the latest unless one is named, and which versions there are."""
        call = Call(method="GET", path=path("/v1/templates/{}", name), query={"version": version})
        return cast("types.Template", await self._transport.send(call))

    async def list(self, *, page_size: int = 100) -> AsyncIterator[types.TemplateRow]:
        """Yield the templates without their contents, in the order of their names."""
        call = Call(method="GET", path="/v1/templates", query={"limit": page_size})
        async for page in self._transport.pages(call):
            for template in cast("types.TemplatePage", page)["templates"]:
                yield template

    async def preview(self, name: str, preview: types.TemplatePreviewBody) -> types.TemplatePreview:
        """Return what each vendor would receive of a version, or of a content that is not stored
        yet.
        """
        call = Call(method="POST", path=path("/v1/templates/{}:preview", name), json=preview)
        return cast("types.TemplatePreview", await self._transport.send(call))

    async def delete(self, name: str) -> None:
        """Delete a template. Messages that name it are sent all the same."""
        await self._transport.send(Call(method="DELETE", path=path("/v1/templates/{}", name)))
