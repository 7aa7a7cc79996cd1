"""Which scopes each call needs. A call without a row fails here."""

import re

from tests.support.api.application import create
from tests.support.api.clients import ApiClients
from tests.support.api.contract import client_of

from pushgate.apps.api_key import granted_scopes
from pushgate.domain.app import Scope

PUSH, READ, ADMIN, OPERATOR = Scope.PUSH, Scope.READ, Scope.ADMIN, Scope.OPERATOR
LOOK, WRITE = Scope.TERMINALS_READ, Scope.TERMINALS_WRITE
ANYBODY: frozenset[Scope] = frozenset()
"""The call needs no key, or checks something else."""
Needs = frozenset[Scope]


def all_of(*scopes: Scope) -> tuple[Needs, ...]:
    return (frozenset(scopes),)


def any_of(*scopes: Scope) -> tuple[Needs, ...]:
    return tuple(frozenset({scope}) for scope in scopes)


NO_KEY = (ANYBODY,)
TABLE: dict[tuple[str, str], tuple[Needs, ...]] = {
    ("POST", "/v1/messages"): all_of(PUSH),
    ("POST", "/v1/messages:batch"): all_of(PUSH),
    ("POST", "/v1/messages:plan"): all_of(PUSH),
    ("GET", "/v1/messages"): all_of(READ),
    ("GET", "/v1/messages/{message_id}"): all_of(READ),
    ("PATCH", "/v1/messages/{message_id}"): all_of(PUSH),
    ("POST", "/v1/messages/{message_id}/cancel"): all_of(PUSH),
    ("POST", "/v1/messages/{message_id}:pause"): all_of(PUSH),
    ("POST", "/v1/messages/{message_id}:decide"): all_of(PUSH),
    ("POST", "/v1/messages/{message_id}:resume"): all_of(PUSH),
    ("GET", "/v1/messages/{message_id}/results"): all_of(READ),
    ("GET", "/v1/messages/{message_id}/terminals"): all_of(READ),
    ("GET", "/v1/messages/{message_id}/terminals/{terminal_id}"): all_of(READ),
    ("POST", "/v1/messages/{message_id}/terminals:explain"): all_of(READ),
    ("POST", "/v1/messages/{message_id}/retry"): all_of(PUSH),
    ("GET", "/v1/events"): all_of(READ),
    ("POST", "/v1/messages/{message_id}/recall"): all_of(PUSH),
    ("GET", "/v1/callback-key"): all_of(OPERATOR),
    ("POST", "/v1/callback-key:rotate"): all_of(OPERATOR),
    ("POST", "/v1/audience:count"): all_of(PUSH),
    ("PUT", "/v1/audiences/{name}"): all_of(PUSH),
    ("GET", "/v1/audiences/{name}"): all_of(READ),
    ("GET", "/v1/audiences"): all_of(READ),
    ("DELETE", "/v1/audiences/{name}"): all_of(PUSH),
    ("POST", "/v1/audiences/{name}:freeze"): all_of(PUSH),
    ("GET", "/v1/terminals"): all_of(LOOK),
    ("POST", "/v1/terminals:find"): all_of(LOOK),
    ("PUT", "/v1/terminals/{terminal_id}"): all_of(WRITE),
    ("PATCH", "/v1/terminals/{terminal_id}"): all_of(WRITE),
    ("GET", "/v1/terminals/{terminal_id}"): all_of(LOOK),
    ("DELETE", "/v1/terminals/{terminal_id}"): all_of(WRITE),
    ("POST", "/v1/terminals:batch"): all_of(WRITE),
    ("GET", "/v1/terminals/{terminal_id}/messages"): all_of(READ),
    ("GET", "/v1/terminals/{terminal_id}/diagnosis"): all_of(READ, LOOK),
    ("POST", "/v1/terminals/{terminal_id}/diagnosis"): all_of(PUSH, READ, LOOK),
    ("POST", "/v1/terminals:import"): all_of(WRITE),
    ("GET", "/v1/imports/{import_name}"): all_of(WRITE),
    ("GET", "/v1/terminals:export"): all_of(LOOK, WRITE),
    ("POST", "/v1/terminals:forget-silent"): all_of(WRITE),
    ("GET", "/v1/terminals:forget-silent"): all_of(LOOK),
    ("DELETE", "/v1/terminals:forget-silent"): all_of(WRITE),
    ("GET", "/v1/users/{user}"): all_of(READ, LOOK),
    ("PATCH", "/v1/users/{user}"): all_of(WRITE),
    ("DELETE", "/v1/users/{user}"): all_of(WRITE),
    ("PUT", "/v1/devices/{terminal_id}"): NO_KEY,
    ("PATCH", "/v1/devices/{terminal_id}"): NO_KEY,
    ("DELETE", "/v1/devices/{terminal_id}"): NO_KEY,
    ("POST", "/v1/registration-tokens"): all_of(WRITE),
    ("POST", "/v1/registration-keys"): all_of(ADMIN),
    ("GET", "/v1/registration-keys"): all_of(ADMIN),
    ("DELETE", "/v1/registration-keys/{key_id}"): all_of(ADMIN),
    ("POST", "/v1/keys"): any_of(ADMIN, OPERATOR),
    ("GET", "/v1/audit"): any_of(ADMIN, OPERATOR),
    ("GET", "/v1/keys"): any_of(ADMIN, OPERATOR),
    ("GET", "/v1/keys/{key_id}"): any_of(ADMIN, OPERATOR),
    ("DELETE", "/v1/keys/{key_id}"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/keys/{key_id}:rotate"): any_of(ADMIN, OPERATOR),
    ("GET", "/v1/apps"): all_of(OPERATOR),
    ("PUT", "/v1/apps/{app}"): all_of(OPERATOR),
    ("PATCH", "/v1/apps/{app}"): all_of(OPERATOR),
    ("GET", "/v1/apps/{app}"): any_of(ADMIN, OPERATOR),
    ("DELETE", "/v1/apps/{app}"): all_of(OPERATOR),
    ("GET", "/v1/apps/{app}/vendors"): any_of(ADMIN, OPERATOR),
    ("PUT", "/v1/apps/{app}/vendors/{vendor}"): any_of(ADMIN, OPERATOR),
    ("PATCH", "/v1/apps/{app}/vendors/{vendor}"): any_of(ADMIN, OPERATOR),
    ("GET", "/v1/apps/{app}/vendors/{vendor}"): any_of(ADMIN, OPERATOR),
    ("DELETE", "/v1/apps/{app}/vendors/{vendor}"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/pause"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/resume"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/vendors/{vendor}/pause"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/vendors/{vendor}/resume"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/vendors/{vendor}/reset-breaker"): any_of(ADMIN, OPERATOR),
    ("GET", "/v1/apps/{app}/vendors/{vendor}/held-removals"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/vendors/{vendor}/held-removals/confirm"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/apps/{app}/vendors/{vendor}/held-removals/dismiss"): any_of(ADMIN, OPERATOR),
    ("POST", "/v1/schedules"): all_of(PUSH),
    ("PUT", "/v1/schedules/{schedule_id}"): all_of(PUSH),
    ("GET", "/v1/schedules"): all_of(READ),
    ("GET", "/v1/schedules/{schedule_id}"): all_of(READ),
    ("PATCH", "/v1/schedules/{schedule_id}"): all_of(PUSH),
    ("DELETE", "/v1/schedules/{schedule_id}"): all_of(PUSH),
    ("POST", "/v1/schedules/{schedule_id}:pause"): all_of(PUSH),
    ("POST", "/v1/schedules/{schedule_id}:resume"): all_of(PUSH),
    ("GET", "/v1/schedules/{schedule_id}/runs"): all_of(READ),
    ("POST", "/v1/schedules:preview"): all_of(READ),
    ("POST", "/v1/drafts"): all_of(PUSH),
    ("GET", "/v1/drafts"): all_of(PUSH),
    ("GET", "/v1/drafts/{draft_id}"): all_of(PUSH),
    ("PUT", "/v1/drafts/{draft_id}"): all_of(PUSH),
    ("DELETE", "/v1/drafts/{draft_id}"): all_of(PUSH),
    ("PUT", "/v1/templates/{name}"): all_of(PUSH),
    ("GET", "/v1/templates/{name}"): all_of(READ),
    ("GET", "/v1/templates"): all_of(READ),
    ("DELETE", "/v1/templates/{name}"): all_of(PUSH),
    ("POST", "/v1/templates/{name}:preview"): all_of(PUSH),
    ("PUT", "/v1/test-terminals/{terminal_id}"): all_of(WRITE),
    ("GET", "/v1/test-terminals"): all_of(LOOK),
    ("GET", "/v1/test-terminals/{terminal_id}"): all_of(LOOK),
    ("DELETE", "/v1/test-terminals/{terminal_id}"): all_of(WRITE),
    ("POST", "/v1/webhooks"): all_of(ADMIN),
    ("GET", "/v1/webhooks"): all_of(ADMIN),
    ("GET", "/v1/webhooks/{webhook_id}"): all_of(ADMIN),
    ("PATCH", "/v1/webhooks/{webhook_id}"): all_of(ADMIN),
    ("DELETE", "/v1/webhooks/{webhook_id}"): all_of(ADMIN),
    ("GET", "/v1/webhooks/{webhook_id}/deliveries"): all_of(ADMIN),
    ("POST", "/v1/webhooks/{webhook_id}:test"): all_of(ADMIN),
    ("POST", "/v1/webhooks/{webhook_id}:replay"): all_of(ADMIN),
    ("POST", "/v1/webhooks/{webhook_id}:rotate-secret"): all_of(ADMIN),
    ("POST", "/v1/webhooks/{webhook_id}:pause"): all_of(ADMIN),
    ("POST", "/v1/webhooks/{webhook_id}:resume"): all_of(ADMIN),
    ("POST", "/v1/receipts/{vendor}/{app}/{secret}"): NO_KEY,
    ("POST", "/v1/callbacks/click"): NO_KEY,
    ("POST", "/v1/callbacks/received"): NO_KEY,
    ("GET", "/healthz"): NO_KEY,
    ("GET", "/readyz"): NO_KEY,
    ("GET", "/status"): NO_KEY,
    ("GET", "/v1/activity"): all_of(READ),
    ("GET", "/v1/quotas"): all_of(READ),
    ("GET", "/metrics"): NO_KEY,
    ("GET", "/metrics/fleet"): all_of(OPERATOR),
}
"""For each call sets of scopes; a key needs all of one set."""
SINGLE = [[scope] for scope in Scope]
TOGETHER = [[READ, LOOK], [PUSH, READ, LOOK], [LOOK, WRITE]]


def path_of(template: str) -> str:
    """A path of the app `shop` and a vendor of it, which names nothing else that there is."""
    named = template.replace("{app}", "shop").replace("vendors/{vendor}", "vendors/apns")
    return re.sub(r"\{\w+\}", "x", named)


async def test_each_call_has_a_row_and_each_row_a_call(clients: ApiClients) -> None:
    document = (await clients.anyone.get("/openapi.json")).json()
    calls = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert sorted(calls - TABLE.keys()) == []
    assert sorted(TABLE.keys() - calls) == []


async def test_the_document_says_which_calls_need_a_key(clients: ApiClients) -> None:
    paths = (await clients.anyone.get("/openapi.json")).json()["paths"]
    silent = [
        (method, path)
        for (method, path), needs in TABLE.items()
        if needs != NO_KEY and not paths[path][method.lower()].get("security")
    ]
    assert silent == []


async def test_a_key_may_call_what_its_scopes_allow_and_nothing_else(clients: ApiClients) -> None:
    """An allowed call fails for other reasons here: it names what there is not."""
    app = create(clients.context)
    wrong: list[str] = []
    for scopes in [*SINGLE, *TOGETHER]:
        of_app = "" if OPERATOR in scopes else "shop"
        text = await clients.context.keys.create(of_app, scopes)
        granted = granted_scopes(tuple(scopes))
        async with client_of(app, {"Authorization": f"Bearer {text}"}) as client:
            for (method, path), needs in TABLE.items():
                if needs == NO_KEY:
                    continue
                may = any(wanted <= granted for wanted in needs)
                status = (await client.request(method, path_of(path))).status_code
                if (status != 403) != may or status == 401:
                    wrong.append(f"{method} {path} with {scopes}: {status}")
    assert wrong == []


async def test_a_call_without_a_key_is_refused(clients: ApiClients) -> None:
    taken = [
        (method, path)
        for (method, path), needs in TABLE.items()
        if needs != NO_KEY and (await clients.anyone.request(method, path_of(path))).status_code != 401
    ]
    assert taken == []
