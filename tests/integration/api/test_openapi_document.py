"""The OpenAPI document names every call with its body."""

from tests.support.api.clients import ApiClients

from pushgate.runtime.validation_text import PATTERNS


async def test_the_description_of_the_api_names_every_call_with_its_body(clients: ApiClients) -> None:
    document = (await clients.anyone.get("/openapi.json")).json()
    calls = {(method.upper(), path) for path, methods in document["paths"].items() for method in methods}
    assert {
        ("POST", "/v1/messages"),
        ("POST", "/v1/messages:batch"),
        ("POST", "/v1/messages:plan"),
        ("GET", "/v1/messages"),
        ("GET", "/v1/messages/{message_id}"),
        ("PATCH", "/v1/messages/{message_id}"),
        ("POST", "/v1/messages/{message_id}/cancel"),
        ("POST", "/v1/messages/{message_id}:decide"),
        ("POST", "/v1/messages/{message_id}:pause"),
        ("POST", "/v1/messages/{message_id}:resume"),
        ("GET", "/v1/messages/{message_id}/results"),
        ("GET", "/v1/messages/{message_id}/terminals"),
        ("GET", "/v1/messages/{message_id}/terminals/{terminal_id}"),
        ("POST", "/v1/messages/{message_id}/terminals:explain"),
        ("POST", "/v1/messages/{message_id}/retry"),
        ("GET", "/v1/events"),
        ("POST", "/v1/messages/{message_id}/recall"),
        ("POST", "/v1/audience:count"),
        ("PUT", "/v1/audiences/{name}"),
        ("GET", "/v1/audiences/{name}"),
        ("GET", "/v1/audiences"),
        ("DELETE", "/v1/audiences/{name}"),
        ("POST", "/v1/audiences/{name}:freeze"),
        ("GET", "/v1/terminals"),
        ("POST", "/v1/terminals:find"),
        ("PUT", "/v1/terminals/{terminal_id}"),
        ("PATCH", "/v1/terminals/{terminal_id}"),
        ("GET", "/v1/terminals/{terminal_id}"),
        ("DELETE", "/v1/terminals/{terminal_id}"),
        ("POST", "/v1/terminals:batch"),
        ("GET", "/v1/terminals/{terminal_id}/messages"),
        ("GET", "/v1/terminals/{terminal_id}/diagnosis"),
        ("POST", "/v1/terminals/{terminal_id}/diagnosis"),
        ("POST", "/v1/terminals:import"),
        ("POST", "/v1/terminals:forget-silent"),
        ("GET", "/v1/terminals:forget-silent"),
        ("DELETE", "/v1/terminals:forget-silent"),
        ("GET", "/v1/users/{user}"),
        ("PATCH", "/v1/users/{user}"),
        ("DELETE", "/v1/users/{user}"),
        ("GET", "/v1/terminals:export"),
        ("GET", "/v1/imports/{import_name}"),
        ("POST", "/v1/keys"),
        ("GET", "/v1/keys"),
        ("GET", "/v1/audit"),
        ("GET", "/v1/keys/{key_id}"),
        ("DELETE", "/v1/keys/{key_id}"),
        ("POST", "/v1/keys/{key_id}:rotate"),
        ("POST", "/v1/receipts/{vendor}/{app}/{secret}"),
        ("GET", "/v1/callback-key"),
        ("POST", "/v1/callback-key:rotate"),
        ("POST", "/v1/callbacks/click"),
        ("POST", "/v1/callbacks/received"),
        ("GET", "/v1/apps"),
        ("GET", "/v1/apps/{app}"),
        ("PUT", "/v1/apps/{app}"),
        ("PATCH", "/v1/apps/{app}"),
        ("DELETE", "/v1/apps/{app}"),
        ("GET", "/v1/apps/{app}/vendors"),
        ("GET", "/v1/apps/{app}/vendors/{vendor}"),
        ("PUT", "/v1/apps/{app}/vendors/{vendor}"),
        ("PATCH", "/v1/apps/{app}/vendors/{vendor}"),
        ("DELETE", "/v1/apps/{app}/vendors/{vendor}"),
        ("POST", "/v1/apps/{app}/pause"),
        ("POST", "/v1/apps/{app}/resume"),
        ("POST", "/v1/apps/{app}/vendors/{vendor}/pause"),
        ("POST", "/v1/apps/{app}/vendors/{vendor}/resume"),
        ("POST", "/v1/apps/{app}/vendors/{vendor}/reset-breaker"),
        ("PUT", "/v1/devices/{terminal_id}"),
        ("PATCH", "/v1/devices/{terminal_id}"),
        ("DELETE", "/v1/devices/{terminal_id}"),
        ("POST", "/v1/registration-tokens"),
        ("POST", "/v1/registration-keys"),
        ("GET", "/v1/registration-keys"),
        ("DELETE", "/v1/registration-keys/{key_id}"),
        ("GET", "/v1/apps/{app}/vendors/{vendor}/held-removals"),
        ("POST", "/v1/apps/{app}/vendors/{vendor}/held-removals/confirm"),
        ("POST", "/v1/apps/{app}/vendors/{vendor}/held-removals/dismiss"),
        ("PUT", "/v1/templates/{name}"),
        ("GET", "/v1/templates/{name}"),
        ("GET", "/v1/templates"),
        ("GET", "/v1/quotas"),
        ("DELETE", "/v1/templates/{name}"),
        ("POST", "/v1/templates/{name}:preview"),
        ("POST", "/v1/schedules"),
        ("PUT", "/v1/schedules/{schedule_id}"),
        ("GET", "/v1/schedules"),
        ("GET", "/v1/schedules/{schedule_id}"),
        ("PATCH", "/v1/schedules/{schedule_id}"),
        ("DELETE", "/v1/schedules/{schedule_id}"),
        ("POST", "/v1/schedules/{schedule_id}:pause"),
        ("POST", "/v1/schedules/{schedule_id}:resume"),
        ("GET", "/v1/schedules/{schedule_id}/runs"),
        ("POST", "/v1/schedules:preview"),
        ("POST", "/v1/drafts"),
        ("GET", "/v1/drafts"),
        ("GET", "/v1/drafts/{draft_id}"),
        ("PUT", "/v1/drafts/{draft_id}"),
        ("DELETE", "/v1/drafts/{draft_id}"),
        ("PUT", "/v1/test-terminals/{terminal_id}"),
        ("GET", "/v1/test-terminals"),
        ("GET", "/v1/test-terminals/{terminal_id}"),
        ("DELETE", "/v1/test-terminals/{terminal_id}"),
        ("POST", "/v1/webhooks"),
        ("GET", "/v1/webhooks"),
        ("GET", "/v1/webhooks/{webhook_id}"),
        ("PATCH", "/v1/webhooks/{webhook_id}"),
        ("DELETE", "/v1/webhooks/{webhook_id}"),
        ("GET", "/v1/webhooks/{webhook_id}/deliveries"),
        ("POST", "/v1/webhooks/{webhook_id}:test"),
        ("POST", "/v1/webhooks/{webhook_id}:replay"),
        ("POST", "/v1/webhooks/{webhook_id}:rotate-secret"),
        ("POST", "/v1/webhooks/{webhook_id}:pause"),
        ("POST", "/v1/webhooks/{webhook_id}:resume"),
        ("GET", "/healthz"),
        ("GET", "/readyz"),
        ("GET", "/status"),
        ("GET", "/v1/activity"),
        ("GET", "/metrics"),
        ("GET", "/metrics/fleet"),
    } == calls
    schemas = document["components"]["schemas"]
    assert schemas["MessageBody"]["examples"]
    for methods in document["paths"].values():
        for call in methods.values():
            assert call["description"]
            for reference in _references(call):
                assert reference.removeprefix("#/components/schemas/") in schemas, reference


def _references(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if "$ref" in value else []
        return own + [found for item in value.values() for found in _references(item)]
    return [found for item in value for found in _references(item)] if isinstance(value, list) else []


async def test_every_query_parameter_with_a_form_has_a_text_for_what_it_takes(clients: ApiClients) -> None:
    document = (await clients.anyone.get("/openapi.json")).json()
    schemas = [
        schema
        for methods in document["paths"].values()
        for call in methods.values()
        for parameter in call.get("parameters", [])
        if parameter["in"] == "query"
        for schema in parameter["schema"].get("anyOf", [parameter["schema"]])
    ]
    assert {schema["pattern"] for schema in schemas if "pattern" in schema} <= PATTERNS.keys()
