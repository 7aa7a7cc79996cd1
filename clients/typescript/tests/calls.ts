/** A call of every operation of the API, with all parameters. */
import type { MessageBody, Pushgate } from "pushgate-client";

export const CONTENT = { en: { title: "Sale", body: "Today only" } };
export const MESSAGE: MessageBody = { content: CONTENT, audience: { all: true } };
const ID = "0".repeat(30);
const AT = "2026-11-28T12:00:00Z";
const DAY = "2026-11-28";
const TOKEN = "0f".repeat(32);
const SECTION = { topic: "com.example.shop" };

export const CALLS: Readonly<Record<string, (p: Pushgate) => Promise<unknown> | AsyncIterable<unknown>>> = {
  // Messages
  create_message: (p) => p.messages.send({ ...MESSAGE, push_time: AT, options: {} }),
  create_messages: (p) => p.messages.sendMany([MESSAGE]),
  plan_message: (p) => p.messages.plan(MESSAGE, { by: "timezone" }),
  list_messages: (p) =>
    p.messages.list({
      status: "sent",
      words: "sale",
      createdAfter: AT,
      createdBefore: new Date(AT),
      pageSize: 7,
    }),
  get_message: (p) => p.messages.get(ID, { include: "audience" }),
  change_message: (p) => p.messages.change(ID, { push_time: AT }),
  cancel_message: (p) => p.messages.cancel(ID),
  pause_message: (p) => p.messages.pause(ID),
  decide_message: (p) => p.messages.decide(ID, "b"),
  resume_message: (p) => p.messages.resume(ID),
  recall_message: (p) => p.messages.recall(ID),
  get_results: (p) => p.messages.results(ID),
  list_message_terminals: (p) => p.messages.terminals(ID, { state: "failed", pageSize: 7 }),
  retry_message: (p) => p.messages.retry(ID),
  explain_terminal: (p) => p.messages.explain(ID, "t1"),
  explain_token: (p) => p.messages.explainToken(ID, { vendor: "apns", token: TOKEN }),
  // Schedules
  create_schedule: (p) => p.schedules.create({ cron: "0 9 * * *", message: {} }),
  put_schedule: (p) => p.schedules.put("s1", { cron: "0 9 * * *", message: {} }),
  list_schedules: (p) => p.schedules.list({ pageSize: 7 }),
  get_schedule: (p) => p.schedules.get("s1", { upcoming: 9 }),
  change_schedule: (p) => p.schedules.change("s1", { end: null }),
  delete_schedule: (p) => p.schedules.delete("s1"),
  pause_schedule: (p) => p.schedules.pause("s1"),
  resume_schedule: (p) => p.schedules.resume("s1"),
  list_runs: (p) => p.schedules.runs("s1", { pageSize: 7 }),
  preview_schedule: (p) => p.schedules.preview({ cron: "0 9 * * *" }, { upcoming: 9 }),
  // Drafts
  create_draft: (p) => p.drafts.create({ content: {} }),
  list_drafts: (p) => p.drafts.list({ pageSize: 7 }),
  get_draft: (p) => p.drafts.get("d1"),
  replace_draft: (p) => p.drafts.replace("d1", {}, { revision: 3 }),
  delete_draft: (p) => p.drafts.delete("d1", { revision: 3 }),
  // Templates
  put_template: (p) => p.templates.put("welcome", { content: {} }),
  get_template: (p) => p.templates.get("welcome", { version: 3 }),
  list_templates: (p) => p.templates.list({ pageSize: 7 }),
  preview_template: (p) => p.templates.preview("welcome", { version: 3 }),
  delete_template: (p) => p.templates.delete("welcome"),
  // Audiences
  count_audience: (p) => p.audiences.count({ all: true }, { by: ["timezone"], lines: true }),
  save_audience: (p) => p.audiences.save("vip", { tag: "vip" }),
  freeze_audience: (p) => p.audiences.freeze("vip", { tag: "vip" }),
  get_audience: (p) => p.audiences.get("vip"),
  list_audiences: (p) => p.audiences.list({ pageSize: 7 }),
  delete_audience: (p) => p.audiences.delete("vip"),
  // Terminals
  register_terminal: (p) => p.terminals.register("t1", { vendor: "apns", token: TOKEN }),
  register_terminals: (p) => p.terminals.registerMany([{ id: "t1", vendor: "apns", token: TOKEN }]),
  change_terminal: (p) => p.terminals.change("t1", { language: "de" }),
  get_terminal: (p) => p.terminals.get("t1"),
  delete_terminal: (p) => p.terminals.delete("t1"),
  find_terminal: (p) => p.terminals.find({ token: TOKEN, vendor: "apns" }),
  search_terminals: (p) =>
    p.terminals.search(
      {
        user: "ann",
        tag: "vip",
        vendor: "apns",
        language: "en",
        timezone: "Asia/Tokyo",
        app_version: "1",
        seen_before: DAY,
        seen_after: DAY,
        registered_before: DAY,
        registered_after: DAY,
        attribute: "plan",
        equals: "gold",
      },
      { pageSize: 7 },
    ),
  list_terminal_messages: (p) => p.terminals.messages("t1", { pageSize: 7 }),
  diagnose_terminal: (p) => p.terminals.diagnose("t1"),
  ask_vendor_of_terminal: (p) => p.terminals.diagnose("t1", { askVendor: true }),
  export_terminals: (p) => p.terminals.exportAll(),
  import_terminals: (p) => p.terminals.importAll([{ id: "t1" }], { name: "first" }),
  get_import: (p) => p.terminals.importProgress("first"),
  forget_silent_terminals: (p) => p.terminals.forgetSilent(180, { atMost: 10 }),
  get_silent_removal: (p) => p.terminals.silentRemoval(),
  stop_silent_removal: (p) => p.terminals.stopSilentRemoval(),
  mark_test_terminal: (p) => p.markedTerminals.mark("t1", "Anna's phone"),
  get_test_terminal: (p) => p.markedTerminals.get("t1"),
  unmark_test_terminal: (p) => p.markedTerminals.unmark("t1"),
  list_test_terminals: (p) => p.markedTerminals.list(),
  // Users, devices, reports
  get_user: (p) => p.users.get("ann", { cursor: "c", limit: 7 }),
  change_user: (p) => p.users.change("ann", { attributes: { plan: "gold" } }),
  erase_user: (p) => p.users.erase("ann"),
  register_device: (p) =>
    p.devices.register("t1", { vendor: "apns", token: TOKEN }, { token: "a.registration.token" }),
  change_device: (p) => p.devices.change("t1", { language: "de" }, { secret: "pgd_x" }),
  delete_device: (p) => p.devices.delete("t1", { secret: "pgd_x" }),
  create_registration_token: (p) => p.devices.createToken({ user: "ann" }),
  list_registration_keys: (p) => p.devices.keys(),
  create_registration_key: (p) => p.devices.addKey({ algorithm: "HS256" }),
  delete_registration_key: (p) => p.devices.deleteKey("k1"),
  report_received: (p) => p.reports.received([{ token: "c", terminal: "t1" }]),
  report_clicked: (p) => p.reports.clicked([{ token: "c", terminal: "t1" }], { secret: "pgd_x" }),
  receive_receipts: (p) =>
    p.reports.receipts({ vendor: "xiaomi", app: "shop", secret: "s" }, "data=%7B%7D", {
      contentType: "application/octet-stream",
    }),
  // Events and webhooks
  list_events: (p) => p.events.poll("c", { types: ["terminal.*"], wait: 1, limit: 7, expand: true }),
  create_webhook: (p) => p.webhooks.create({ url: "https://shop.example/hook", types: ["*"] }),
  list_webhooks: (p) => p.webhooks.list(),
  get_webhook: (p) => p.webhooks.get("w1"),
  change_webhook: (p) => p.webhooks.change("w1", { description: "crm" }),
  delete_webhook: (p) => p.webhooks.delete("w1"),
  list_deliveries: (p) => p.webhooks.deliveries("w1"),
  test_webhook: (p) => p.webhooks.test("w1"),
  replay_webhook: (p) => p.webhooks.replay("w1", new Date(AT)),
  rotate_webhook_secret: (p) => p.webhooks.rotateSecret("w1", { overlap: "1h" }),
  pause_webhook: (p) => p.webhooks.pause("w1"),
  resume_webhook: (p) => p.webhooks.resume("w1"),
  // Apps and vendors
  put_app: (p) => p.apps.put("shop", {}),
  change_app: (p) => p.apps.change("shop", { default_language: "de" }),
  get_app: (p) => p.apps.get("shop"),
  delete_app: (p) => p.apps.delete("shop"),
  list_apps: (p) => p.apps.list({ pageSize: 7 }),
  pause_app: (p) => p.apps.pause("shop"),
  resume_app: (p) => p.apps.resume("shop"),
  put_app_vendor: (p) => p.vendors.put("shop", "apns", SECTION, { check: false, keepPrevious: "1h" }),
  change_app_vendor: (p) => p.vendors.change("shop", "apns", SECTION, { check: false, keepPrevious: "1h" }),
  get_app_vendor: (p) => p.vendors.get("shop", "apns"),
  delete_app_vendor: (p) => p.vendors.delete("shop", "apns"),
  list_app_vendors: (p) => p.vendors.list("shop"),
  pause_vendor: (p) => p.vendors.pause("shop", "apns"),
  resume_vendor: (p) => p.vendors.resume("shop", "apns"),
  reset_breaker: (p) => p.vendors.resetBreaker("shop", "apns"),
  list_held_removals: (p) => p.vendors.heldRemovals("shop", "apns", { pageSize: 7 }),
  confirm_held_removals: (p) => p.vendors.confirmHeldRemovals("shop", "apns"),
  dismiss_held_removals: (p) => p.vendors.dismissHeldRemovals("shop", "apns"),
  // Keys, audit log, operations
  create_key: (p) => p.keys.create({ scopes: ["push"] }),
  list_keys: (p) => p.keys.list({ app: "shop", pageSize: 7 }),
  get_key: (p) => p.keys.get("k1"),
  revoke_key: (p) => p.keys.revoke("k1"),
  rotate_key: (p) => p.keys.rotate("k1", { overlap: "1h" }),
  read_audit_log: (p) =>
    p.audit.read(
      "c",
      {
        app: "shop",
        order: "newest",
        action: "key",
        key: "k1",
        target: "t",
        since: new Date(AT),
        user: "ann",
        terminal: "t1",
      },
      { limit: 7 },
    ),
  get_callback_key: (p) => p.operations.callbackKey(),
  rotate_callback_key: (p) => p.operations.rotateCallbackKey({ overlap: "12h" }),
  get_health: (p) => p.operations.health(),
  get_readiness: (p) => p.operations.readiness(),
  get_quotas: (p) => p.operations.quotas(),
  get_activity: (p) => p.operations.activity({ timezone: "Asia/Tokyo" }),
  get_status: (p) => p.operations.status(),
  get_metrics: (p) => p.operations.metrics(),
  get_fleet_metrics: (p) => p.operations.fleetMetrics(),
};

/** Wait for a call, or read all that it yields. */
export async function finish(started: Promise<unknown> | AsyncIterable<unknown>): Promise<unknown> {
  if (!(Symbol.asyncIterator in started)) return started;
  const found: unknown[] = [];
  for await (const one of started) found.push(one);
  return found;
}
