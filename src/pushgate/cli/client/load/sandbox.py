"""The sandbox of a load: its vendors' sections, what it counted, and when pushes reached it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import cast

import httpx

from pushgate.cli.client.command_errors import CommandError, usage
from pushgate.cli.client.load.plan import LoadPlan
from pushgate.cli.exit_codes import ExitCode

_TIMEOUT = 20.0
_PAGE = 2000


class LoadSandbox:
    """The own API of a sandbox. Raises CommandError where nothing of the kind answers."""

    def __init__(self, url: str, http: httpx.AsyncClient) -> None:
        self._url, self._http = url.rstrip("/"), http
        self._after = 0
        self.arrived_at: dict[int, datetime] = {}
        """When the first push of each small message arrived, by the message's number."""

    async def sections(self, vendors: Sequence[str]) -> dict[str, dict[str, object]]:
        """The sections of these vendors, with which an app pushes to this sandbox."""
        found = cast("dict[str, dict[str, object]]", await self._get("/sections"))
        if missing := [vendor for vendor in vendors if "endpoint" not in found.get(vendor, {})]:
            raise usage(f"the sandbox at {self._url} has no vendor {missing[0]}")
        return {vendor: found[vendor] for vendor in vendors}

    async def counts(self, vendors: Sequence[str]) -> dict[str, int]:
        """How many requests, pushes, accepted pushes and duplicates these vendors have counted."""
        summary = cast("dict[str, dict[str, dict[str, int]]]", await self._get("/summary"))
        counted = [summary["vendors"].get(vendor, {}) for vendor in vendors]
        names = ("requests", "pushes", "accepted", "duplicates")
        return {name: sum(one.get(name, 0) for one in counted) for name in names}

    async def skip(self) -> None:
        """Pass over the requests of before."""
        while await self._page():
            pass

    async def look(self, plan: LoadPlan) -> None:
        """Read the requests since the last look, and note when small messages arrived."""
        pattern = plan.name_pattern()
        while page := await self._page():
            for request in page:
                if found := pattern.search(str(request["body"])):
                    at = datetime.fromisoformat(str(request["at"]))
                    self.arrived_at.setdefault(int(found[1]), at)

    async def _page(self) -> Sequence[Mapping[str, object]]:
        answer = await self._get(f"/received?after={self._after}&limit={_PAGE}")
        page = cast("dict[str, Sequence[Mapping[str, object]]]", answer)["received"]
        if page:
            self._after = int(str(page[-1]["number"]))
        return page

    async def _get(self, path: str) -> object:
        try:
            answer = await self._http.get(f"{self._url}{path}", timeout=_TIMEOUT)
            answer.raise_for_status()
            return answer.json()
        except (httpx.HTTPError, ValueError) as error:
            raise CommandError(
                ExitCode.UNAVAILABLE,
                f"no sandbox answers at {self._url}",
                "start one with `pushgate sandbox`, and name the address of its own API in --sandbox",
            ) from error
