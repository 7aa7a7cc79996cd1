"""`/v1/terminals/{id}/diagnosis`: what is wrong with a terminal, and what to do about it."""

from dataclasses import replace

from fastapi import APIRouter, Request, Response

from pushgate.api.audit import author_of
from pushgate.api.auth import PushCaller, ReadCaller, authorize, context_of
from pushgate.api.http import json_response
from pushgate.api.mapping.diagnosis import from_diagnosis
from pushgate.api.mapping.terminals import valid_id
from pushgate.api.openapi import response_schema
from pushgate.api.schemas.diagnosis import Diagnosis
from pushgate.api.schemas.fields import TerminalIdInPath
from pushgate.apps.catalog import ConfiguredApp
from pushgate.diagnosis.advice import diagnose
from pushgate.diagnosis.facts import TerminalFacts, VendorAnswer
from pushgate.diagnosis.gathering import gather_facts
from pushgate.diagnosis.vendor_check import ask_vendor, has_own_check
from pushgate.domain.app import Scope

router = APIRouter(prefix="/v1", tags=["terminals"])


@router.get(
    "/terminals/{terminal_id}/diagnosis",
    operation_id="diagnose_terminal",
    responses=response_schema(Diagnosis),
)
async def show(request: Request, configured: ReadCaller, terminal_id: TerminalIdInPath) -> Response:
    """What is wrong with a terminal, and what to do next: the age of its registration, the owner of
    its push token, other terminals of its user, its latest messages, and in `findings` the
    conclusions.

    A terminal that is not registered is no error: a finding says so. The key needs the scope
    `terminals:read` as well.
    """
    await authorize(request, Scope.TERMINALS_READ)
    return _answer(request, await _facts(request, configured, terminal_id))


@router.post(
    "/terminals/{terminal_id}/diagnosis",
    operation_id="ask_vendor_of_terminal",
    responses=response_schema(Diagnosis),
)
async def ask(request: Request, configured: PushCaller, terminal_id: TerminalIdInPath) -> Response:
    """The same diagnosis, and the vendor is asked now if it can check a push token without a push
    (FCM and Huawei). The question is an urgent message with `dry_run`, named in `vendor_check`; the
    call waits up to 5 s for the answer.

    A push token that the vendor calls dead leaves the registry, as after any push. The key needs
    the scopes `read` and `terminals:read` as well.
    """
    for scope in (Scope.READ, Scope.TERMINALS_READ):
        await authorize(request, scope)
    facts = await _facts(request, configured, terminal_id)
    if facts.registered is not None and facts.is_configured:
        facts = replace(facts, answer=await _ask(request, configured, facts))
    return _answer(request, facts)


async def _facts(request: Request, configured: ConfiguredApp, terminal_id: str) -> TerminalFacts:
    context = context_of(request)
    return await gather_facts(context.stores, configured, valid_id(terminal_id), context.clock.now())


async def _ask(request: Request, configured: ConfiguredApp, facts: TerminalFacts) -> VendorAnswer:
    context = context_of(request)
    if not has_own_check(configured, facts.vendor or ""):
        return VendorAnswer(message_id=None, push=None)
    return await ask_vendor(
        context.stores,
        context.writer,
        configured,
        terminal_id=facts.terminal_id,
        now=context.clock.now(),
        max_waiting=context.settings.max_waiting,
        author=author_of(request),
    )


def _answer(request: Request, facts: TerminalFacts) -> Response:
    findings = diagnose(facts, context_of(request).clock.now())
    return json_response(from_diagnosis(facts, findings))
