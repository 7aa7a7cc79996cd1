"""The sandbox's own API: inspect requests, set faults, choose what apps and vendors report."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import orjson
from pydantic import BaseModel, ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from pushgate.sandbox.access_tokens import AccessTokens
from pushgate.sandbox.api_responses import api_error, api_response
from pushgate.sandbox.faults import FaultPlan, Faults
from pushgate.sandbox.registry import SimulatedVendors, with_contents
from pushgate.sandbox.reports import Reporter, ReportPlan
from pushgate.sandbox.request_log import RequestLog

MAX_LIMIT = 10_000
Plan = TypeVar("Plan", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxState:
    """The parts of a running sandbox that its own API shows and changes."""

    vendors: SimulatedVendors
    access_tokens: AccessTokens
    request_log: RequestLog
    faults: Faults
    reporter: Reporter


class ControlApi:
    """The handlers of the sandbox's own API.

    `restart` closes the vendors' listener and opens it again.
    """

    def __init__(self, state: SandboxState, restart: Callable[[], Awaitable[None]]) -> None:
        self._vendors = state.vendors
        self._access_tokens = state.access_tokens
        self._request_log = state.request_log
        self._faults = state.faults
        self._reporter = state.reporter
        self._restart = restart

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/received", self._show_requests, methods=["GET"]),
            Route("/received", self._clear_requests, methods=["DELETE"]),
            Route("/summary", self._show_summary, methods=["GET"]),
            Route("/sections", self._show_sections, methods=["GET"]),
            Route("/faults", self._show_faults, methods=["GET"]),
            Route("/faults", self._set_faults, methods=["PUT"]),
            Route("/faults", self._clear_faults, methods=["DELETE"]),
            Route("/reports", self._show_reports, methods=["GET"]),
            Route("/reports", self._set_reports, methods=["PUT"]),
            Route("/terminals", self._set_terminals, methods=["PUT"]),
            Route("/healthz", self._show_health, methods=["GET"]),
        ]
        for vendor in self._vendors.by_name.values():
            routes += vendor.routes()
        return Starlette(routes=routes)

    async def _show_requests(self, request: Request) -> Response:
        query = request.query_params
        try:
            after = int(query.get("after", "0"))
            limit = min(max(int(query.get("limit", "100")), 1), MAX_LIMIT)
        except ValueError:
            return api_error("after and limit are whole numbers")
        found = list(self._request_log.find(query.get("vendor"), query.get("token"), after, limit))
        next_after = found[-1].number if len(found) == limit else None
        return api_response({"received": [item.as_json() for item in found], "next_after": next_after})

    async def _clear_requests(self, request: Request) -> Response:
        self._request_log.clear()
        return Response(status_code=204)

    async def _show_summary(self, request: Request) -> Response:
        return api_response({"vendors": self._request_log.summary(), "reports": self._reporter.summary()})

    async def _show_sections(self, request: Request) -> Response:
        vendors = self._vendors.by_name.items()
        return api_response({name: with_contents(vendor.app_settings()) for name, vendor in vendors})

    async def _show_faults(self, request: Request) -> Response:
        return api_response(self._faults.plan.model_dump(mode="json"))

    async def _set_faults(self, request: Request) -> Response:
        plan = await _parse(request, FaultPlan)
        if isinstance(plan, Response):
            return plan
        problem = self._rule_problem(plan) or self._vendor_problem(plan) or self._token_problem(plan)
        if problem:
            return api_error(problem)
        self._faults.set_plan(plan)
        for name in plan.expire_credentials:
            self._access_tokens.revoke_all(name)
        if plan.restart:
            await self._restart()
        return api_response(plan.model_dump(mode="json"))

    def _rule_problem(self, plan: FaultPlan) -> str:
        """What is wrong with the plan's rules, '' if nothing is."""
        for index, rule in enumerate(plan.rules):
            vendor = self._vendors.by_name.get(rule.vendor)
            if vendor is None:
                return f"rules.{index}.vendor: there is no vendor {rule.vendor!r} here"
            if rule.error and vendor.error(rule.error, rule.retry_after) is None:
                return f"rules.{index}.error: {rule.vendor} has no code {rule.error!r}"
        return ""

    def _vendor_problem(self, plan: FaultPlan) -> str:
        """What is wrong with the names of vendors beside the rules, '' if nothing is."""
        for field, names in (("dead", plan.dead), ("refused", plan.refused), ("quotas", plan.quotas)):
            for name in names:
                if name not in self._vendors.by_name:
                    return f"{field}.{name}: there is no such vendor here"
        for name in plan.quotas:
            if not self._vendors.by_name[name].quota_code:
                with_quota = [one for one, vendor in self._vendors.by_name.items() if vendor.quota_code]
                return f"quotas.{name}: has no quota of a day; those that have: {', '.join(with_quota)}"
        for name in plan.expire_credentials:
            if name not in self._vendors.by_name:
                return f"expire_credentials: there is no vendor {name!r} here"
        return ""

    def _token_problem(self, plan: FaultPlan) -> str:
        """What is wrong with the codes of rejected tokens, '' if nothing is."""
        for name, codes in plan.refused.items():
            vendor = self._vendors.by_name[name]
            if unknown := {*codes.values()} - {*vendor.token_codes, ""}:
                known = ", ".join(sorted(vendor.token_codes)) or "nothing else than dead"
                return f"refused.{name}: it says no {min(unknown)!r} of single tokens, but {known}"
        return ""

    async def _clear_faults(self, request: Request) -> Response:
        self._faults.set_plan(FaultPlan())
        return Response(status_code=204)

    async def _show_reports(self, request: Request) -> Response:
        return api_response({**self._reporter.plan.model_dump(mode="json"), **self._reporter.summary()})

    async def _set_reports(self, request: Request) -> Response:
        plan = await _parse(request, ReportPlan)
        if isinstance(plan, Response):
            return plan
        reporting = [vendor.name for vendor in self._vendors.by_name.values() if vendor.reports_receipts]
        for name in plan.consoles:
            if name not in reporting:
                return api_error(
                    f"consoles.{name}: reports no receipts; those that do: {', '.join(reporting)}"
                )
        self._reporter.plan = plan
        return api_response(plan.model_dump(mode="json"))

    async def _set_terminals(self, request: Request) -> Response:
        try:
            given = orjson.loads(await request.body())
            self._reporter.terminal_ids.update({str(token): str(id_) for token, id_ in given.items()})
        except (orjson.JSONDecodeError, AttributeError):
            return api_error("send an object: push token -> terminal id")
        return Response(status_code=204)

    async def _show_health(self, request: Request) -> Response:
        return api_response({"status": "ok"})


async def _parse(request: Request, model: type[Plan]) -> Plan | Response:
    """The request's body as a value of the model, or a response that says what is wrong."""
    try:
        return model.model_validate_json(await request.body())
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        return api_error("; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in problems))
