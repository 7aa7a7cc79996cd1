"""A call of the client library for every operation of the API, with all parameters."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, date, datetime

from tests.support.api.bodies import TOKEN

from pushgate_client import AsyncPushgate
from pushgate_client.types import AudienceBody, ContentBody, MessageBody

Started = Awaitable[object] | AsyncIterator[object]
CONTENT: dict[str, ContentBody] = {"en": {"title": "Sale", "body": "Today only"}}
EVERYONE: AudienceBody = {"all": True}
MESSAGE: MessageBody = {"content": CONTENT, "audience": EVERYONE}
ID = "0" * 30
AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
DAY = date(2026, 11, 28)
SECTION = {"topic": "com.example.shop"}

CALLS: Mapping[str, Callable[[AsyncPushgate], Started]] = {
    # Messages
    "create_message": lambda p: p.messages.send(CONTENT, EVERYONE, push_time=AT, options={}),
    "create_messages": lambda p: p.messages.send_many([MESSAGE]),
    "plan_message": lambda p: p.messages.plan(MESSAGE, by="timezone"),
    "list_messages": lambda p: p.messages.list(
        status="sent", words="sale", created_after=AT, created_before=AT, page_size=7
    ),
    "get_message": lambda p: p.messages.get(ID, include="audience"),
    "change_message": lambda p: p.messages.change(ID, {"push_time": AT.isoformat()}),
    "cancel_message": lambda p: p.messages.cancel(ID),
    "pause_message": lambda p: p.messages.pause(ID),
    "decide_message": lambda p: p.messages.decide(ID, "b"),
    "resume_message": lambda p: p.messages.resume(ID),
    "recall_message": lambda p: p.messages.recall(ID),
    "get_results": lambda p: p.messages.results(ID),
    "list_message_terminals": lambda p: p.messages.terminals(ID, state="failed", page_size=7),
    "retry_message": lambda p: p.messages.retry(ID),
    "explain_terminal": lambda p: p.messages.explain(ID, "t1"),
    "explain_token": lambda p: p.messages.explain_token(ID, "apns", TOKEN),
    # Schedules
    "create_schedule": lambda p: p.schedules.create({"cron": "0 9 * * *", "message": {}}),
    "put_schedule": lambda p: p.schedules.put("s1", {"cron": "0 9 * * *", "message": {}}),
    "list_schedules": lambda p: p.schedules.list(page_size=7),
    "get_schedule": lambda p: p.schedules.get("s1", upcoming=9),
    "change_schedule": lambda p: p.schedules.change("s1", {"end": None}),
    "delete_schedule": lambda p: p.schedules.delete("s1"),
    "pause_schedule": lambda p: p.schedules.pause("s1"),
    "resume_schedule": lambda p: p.schedules.resume("s1"),
    "list_runs": lambda p: p.schedules.runs("s1", page_size=7),
    "preview_schedule": lambda p: p.schedules.preview({"cron": "0 9 * * *"}, upcoming=9),
    # Drafts
    "create_draft": lambda p: p.drafts.create({"content": {}}),
    "list_drafts": lambda p: p.drafts.list(page_size=7),
    "get_draft": lambda p: p.drafts.get("d1"),
    "replace_draft": lambda p: p.drafts.replace("d1", {}, revision=3),
    "delete_draft": lambda p: p.drafts.delete("d1", revision=3),
    # Templates
    "put_template": lambda p: p.templates.put("welcome", {"content": {}}),
    "get_template": lambda p: p.templates.get("welcome", version=3),
    "list_templates": lambda p: p.templates.list(page_size=7),
    "preview_template": lambda p: p.templates.preview("welcome", {"version": 3}),
    "delete_template": lambda p: p.templates.delete("welcome"),
    # Audiences
    "count_audience": lambda p: p.audiences.count(EVERYONE, by=["timezone"]),
    "save_audience": lambda p: p.audiences.save("vip", {"tag": "vip"}),
    "freeze_audience": lambda p: p.audiences.freeze("vip", {"tag": "vip"}),
    "get_audience": lambda p: p.audiences.get("vip"),
    "list_audiences": lambda p: p.audiences.list(page_size=7),
    "delete_audience": lambda p: p.audiences.delete("vip"),
    # Terminals
    "register_terminal": lambda p: p.terminals.register("t1", {"vendor": "apns", "token": TOKEN}),
    "register_terminals": lambda p: p.terminals.register_many([{"id": "t1", "vendor": "apns"}]),
    "change_terminal": lambda p: p.terminals.change("t1", {"language": "de"}),
    "get_terminal": lambda p: p.terminals.get("t1"),
    "delete_terminal": lambda p: p.terminals.delete("t1"),
    "find_terminal": lambda p: p.terminals.find(token=TOKEN, vendor="apns"),
    "search_terminals": lambda p: p.terminals.search(
        user="ann",
        tag="vip",
        vendor="apns",
        language="en",
        timezone="Asia/Tokyo",
        app_version="1",
        seen_before=DAY,
        seen_after=DAY,
        registered_before=DAY,
        registered_after=DAY,
        attribute="plan",
        equals="gold",
        page_size=7,
    ),
    "list_terminal_messages": lambda p: p.terminals.messages("t1", page_size=7),
    "diagnose_terminal": lambda p: p.terminals.diagnose("t1"),
    "ask_vendor_of_terminal": lambda p: p.terminals.diagnose("t1", ask_vendor=True),
    "export_terminals": lambda p: p.terminals.export(),
    "import_terminals": lambda p: p.terminals.import_all([{"id": "t1"}], name="first"),
    "get_import": lambda p: p.terminals.import_progress("first"),
    "forget_silent_terminals": lambda p: p.terminals.forget_silent(180, at_most=10),
    "get_silent_removal": lambda p: p.terminals.silent_removal(),
    "stop_silent_removal": lambda p: p.terminals.stop_silent_removal(),
    "mark_test_terminal": lambda p: p.marked_terminals.mark("t1", "Anna's phone"),
    "get_test_terminal": lambda p: p.marked_terminals.get("t1"),
    "unmark_test_terminal": lambda p: p.marked_terminals.unmark("t1"),
    "list_test_terminals": lambda p: p.marked_terminals.list(),
    # Users, devices, reports
    "get_user": lambda p: p.users.get("ann", cursor="c", limit=7),
    "change_user": lambda p: p.users.change("ann", {"attributes": {"plan": "gold"}}),
    "erase_user": lambda p: p.users.erase("ann"),
    "register_device": lambda p: p.devices.register(
        "t1", {"vendor": "apns", "token": TOKEN}, token="a.registration.token"
    ),
    "change_device": lambda p: p.devices.change("t1", {"language": "de"}, secret="pgd_x"),
    "delete_device": lambda p: p.devices.delete("t1", secret="pgd_x"),
    "create_registration_token": lambda p: p.devices.create_token({"user": "ann"}),
    "list_registration_keys": lambda p: p.devices.keys(),
    "create_registration_key": lambda p: p.devices.add_key({"algorithm": "HS256"}),
    "delete_registration_key": lambda p: p.devices.delete_key("k1"),
    "report_received": lambda p: p.reports.received([{"token": "c", "terminal": "t1"}]),
    "report_clicked": lambda p: p.reports.clicked([{"token": "c", "terminal": "t1"}], secret="pgd_x"),
    "receive_receipts": lambda p: p.reports.receipts(
        "xiaomi", "shop", "s", b"data=%7B%7D", content_type="application/octet-stream"
    ),
    # Events and webhooks
    "list_events": lambda p: p.events.poll("c", types=["terminal.*"], wait=1, limit=7, expand=True),
    "create_webhook": lambda p: p.webhooks.create({"url": "https://shop.example/hook", "types": ["*"]}),
    "list_webhooks": lambda p: p.webhooks.list(),
    "get_webhook": lambda p: p.webhooks.get("w1"),
    "change_webhook": lambda p: p.webhooks.change("w1", {"description": "crm"}),
    "delete_webhook": lambda p: p.webhooks.delete("w1"),
    "list_deliveries": lambda p: p.webhooks.deliveries("w1"),
    "test_webhook": lambda p: p.webhooks.test("w1"),
    "replay_webhook": lambda p: p.webhooks.replay("w1", AT),
    "rotate_webhook_secret": lambda p: p.webhooks.rotate_secret("w1", overlap="1h"),
    "pause_webhook": lambda p: p.webhooks.pause("w1"),
    "resume_webhook": lambda p: p.webhooks.resume("w1"),
    # Apps
    "put_app": lambda p: p.apps.put("shop", {}),
    "change_app": lambda p: p.apps.change("shop", {"default_language": "de"}),
    "get_app": lambda p: p.apps.get("shop"),
    "delete_app": lambda p: p.apps.delete("shop"),
    "list_apps": lambda p: p.apps.list(page_size=7),
    "put_app_vendor": lambda p: p.apps.put_vendor("shop", "apns", SECTION, check=False, keep_previous="1h"),
    "change_app_vendor": lambda p: p.apps.change_vendor(
        "shop", "apns", SECTION, check=False, keep_previous="1h"
    ),
    "get_app_vendor": lambda p: p.apps.get_vendor("shop", "apns"),
    "delete_app_vendor": lambda p: p.apps.delete_vendor("shop", "apns"),
    "list_app_vendors": lambda p: p.apps.vendors("shop"),
    "pause_app": lambda p: p.apps.pause("shop"),
    "resume_app": lambda p: p.apps.resume("shop"),
    "pause_vendor": lambda p: p.apps.pause_vendor("shop", "apns"),
    "resume_vendor": lambda p: p.apps.resume_vendor("shop", "apns"),
    "reset_breaker": lambda p: p.apps.reset_breaker("shop", "apns"),
    "list_held_removals": lambda p: p.apps.held_removals("shop", "apns", page_size=7),
    "confirm_held_removals": lambda p: p.apps.confirm_held_removals("shop", "apns"),
    "dismiss_held_removals": lambda p: p.apps.dismiss_held_removals("shop", "apns"),
    # Keys, audit log, operations
    "create_key": lambda p: p.keys.create({"scopes": ["push"]}),
    "list_keys": lambda p: p.keys.list(app="shop", page_size=7),
    "get_key": lambda p: p.keys.get("k1"),
    "revoke_key": lambda p: p.keys.revoke("k1"),
    "rotate_key": lambda p: p.keys.rotate("k1", overlap="1h"),
    "read_audit_log": lambda p: p.audit.read(
        "c",
        app="shop",
        order="newest",
        limit=7,
        action="key",
        key="k1",
        target="t",
        since=AT,
        user="ann",
        terminal="t1",
    ),
    "get_callback_key": lambda p: p.operations.callback_key(),
    "rotate_callback_key": lambda p: p.operations.rotate_callback_key(overlap="12h"),
    "get_health": lambda p: p.operations.health(),
    "get_readiness": lambda p: p.operations.readiness(),
    "get_activity": lambda p: p.operations.activity(timezone="Asia/Tokyo"),
    "get_quotas": lambda p: p.operations.quotas(),
    "get_status": lambda p: p.operations.status(),
    "get_metrics": lambda p: p.operations.metrics(),
    "get_fleet_metrics": lambda p: p.operations.fleet_metrics(),
}


async def finish(started: Started) -> object:
    """The answer of a call, or all that it yields."""
    return await started if isinstance(started, Awaitable) else [one async for one in started]
