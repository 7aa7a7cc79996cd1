"""The sandbox's own API: look at what was received, make vendors misbehave, let client apps report."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pushgate.sandbox.asgi_app import Vendors
from pushgate.sandbox.callbacks import FORMS
from pushgate.sandbox.faults import FaultPlan, Faults
from pushgate.sandbox.reports import ReportPlan, Reports
from pushgate.sandbox.request_log import Record
from pushgate.sandbox.vendors.webpush_browsers import NAME

MAX_LIMIT = 10_000
Plan = TypeVar("Plan", bound=BaseModel)


class Control:
    """The handlers of the sandbox's own API."""

    def __init__(
        self,
        vendors: Vendors,
        record: Record,
        faults: Faults,
        reports: Reports,
        restart: Callable[[], Awaitable[None]],
    ) -> None:
        self._vendors = vendors
        self._record = record
        self._faults = faults
        self._reports = reports
        self._restart = restart

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/received", self._received, methods=["GET"]),
                Route("/received", self._forget, methods=["DELETE"]),
                Route("/summary", self._summary, methods=["GET"]),
                Route("/faults", self._show_faults, methods=["GET"]),
                Route("/faults", self._set_faults, methods=["PUT"]),
                Route("/faults", self._clear_faults, methods=["DELETE"]),
                Route("/reports", self._show_reports, methods=["GET"]),
                Route("/reports", self._set_reports, methods=["PUT"]),
                Route("/terminals", self._set_terminals, methods=["PUT"]),
                Route("/subscriptions/{name}", self._subscription, methods=["GET"]),
                Route("/healthz", self._healthz, methods=["GET"]),
            ]
        )

    async def _received(self, request: Request) -> Response:
        query = request.query_params
        try:
            after, limit = (
                int(query.get("after", "0")),
                min(max(int(query.get("limit", "100")), 1), MAX_LIMIT),
            )
        except ValueError:
            return _json({"error": "after and limit are whole numbers"}, 422)
        found = list(self._record.find(query.get("vendor"), query.get("token"), after, limit))
        following = found[-1].number if len(found) == limit else None
        return _json({"received": [item.as_json() for item in found], "next_after": following})

    async def _forget(self, request: Request) -> Response:
        self._record.clear()
        return Response(status_code=204)

    async def _summary(self, request: Request) -> Response:
        return _json({"vendors": self._record.summary(), "reports": self._reports.told()})

    async def _show_faults(self, request: Request) -> Response:
        return _json(self._faults.plan.model_dump(mode="json"))

    async def _set_faults(self, request: Request) -> Response:
        plan = await _parse(request, FaultPlan)
        if isinstance(plan, Response):
            return plan
        for index, rule in enumerate(plan.rules):
            vendor = self._vendors.vendor(rule.vendor)
            if vendor is None:
                return _json({"error": f"rules.{index}.vendor: there is no vendor {rule.vendor!r} here"}, 422)
            if rule.error and vendor.error(rule.error, rule.retry_after) is None:
                return _json({"error": f"rules.{index}.error: {rule.vendor} has no code {rule.error!r}"}, 422)
        for name, codes in plan.refused.items():
            known = self._vendors.vendor(name)
            if known is None:
                return _json({"error": f"refused.{name}: there is no such vendor here"}, 422)
            if strange := {*codes.values()} - {*known.of_tokens, ""}:
                told = f"refused.{name}: it says no {min(strange)!r} of single tokens"
                return _json(
                    {
                        "error": f"{told}, but {', '.join(sorted(known.of_tokens)) or 'nothing else than dead'}"
                    },
                    422,
                )
        self._faults.set(plan)
        for name in plan.expire_credentials:
            self._vendors.grants.revoke(name)
        if plan.restart:
            await self._restart()
        return _json(plan.model_dump(mode="json"))

    async def _clear_faults(self, request: Request) -> Response:
        self._faults.set(FaultPlan())
        return Response(status_code=204)

    async def _show_reports(self, request: Request) -> Response:
        return _json({**self._reports.plan.model_dump(mode="json"), **self._reports.told()})

    async def _set_reports(self, request: Request) -> Response:
        plan = await _parse(request, ReportPlan)
        if isinstance(plan, Response):
            return plan
        for vendor in plan.consoles:
            if vendor not in FORMS:
                return _json(
                    {"error": f"consoles.{vendor}: reports no receipts; those that do: {', '.join(FORMS)}"},
                    422,
                )
        self._reports.plan = plan
        return _json(plan.model_dump(mode="json"))

    async def _set_terminals(self, request: Request) -> Response:
        try:
            given = orjson.loads(await request.body())
            self._reports.terminals.update({str(token): str(terminal) for token, terminal in given.items()})
        except (orjson.JSONDecodeError, AttributeError):
            return _json({"error": "send an object: push token -> terminal id"}, 422)
        return Response(status_code=204)

    async def _subscription(self, request: Request) -> Response:
        name = request.path_params["name"]
        if not NAME.fullmatch(name):
            return _json({"error": "a browser's name is 4 to 128 letters, digits, - and _"}, 422)
        return _json(self._vendors.browsers.named(name).subscription())

    async def _healthz(self, request: Request) -> Response:
        return _json({"status": "ok"})


async def _parse(request: Request, model: type[Plan]) -> Plan | Response:
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False, include_context=False)
        return _json(
            {"error": "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in wrong)}, 422
        )


def _json(value: object, status: int = 200) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
