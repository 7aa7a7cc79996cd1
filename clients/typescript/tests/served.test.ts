/** The client against a running Pushgate: PUSHGATE_URL, PUSHGATE_KEY. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Conflict,
  type Event,
  Forbidden,
  InvalidRequest,
  NotFound,
  Pushgate,
  Unauthorized,
} from "pushgate-client";
import { CONTENT, MESSAGE } from "./calls.js";

const pushgate = new Pushgate();
const TO_NOBODY = { content: CONTENT, audience: { tag: "nobody" } };
const token = (number: number): string => number.toString(16).padStart(64, "0");
const terminals = (count: number): { id: string; vendor: "apns"; token: string }[] =>
  Array.from({ length: count }, (_, number) => ({
    id: `ts-${number}`,
    vendor: "apns",
    token: token(number),
  }));

async function all<T>(found: AsyncIterable<T>): Promise<T[]> {
  const read: T[] = [];
  for await (const one of found) read.push(one);
  return read;
}

test("a message is sent, changed, looked at and cancelled", async () => {
  const push_time = new Date(Date.now() + 86_400_000).toISOString();
  const sent = await pushgate.messages.send({ ...TO_NOBODY, push_time });
  assert.equal(sent.status, "scheduled");
  assert.equal((await pushgate.messages.change(sent.id, { push_time })).id, sent.id);
  assert.equal((await pushgate.messages.get(sent.id)).id, sent.id);
  assert.equal((await pushgate.messages.results(sent.id)).targeted, 0);
  assert.equal((await pushgate.messages.cancel(sent.id)).status, "cancelled");
});

test("the same idempotency key is the same message, another message with it a conflict", async () => {
  const [first, second, third] = await Promise.all([
    pushgate.messages.send(TO_NOBODY, { idempotencyKey: "order-7" }),
    pushgate.messages.send(TO_NOBODY, { idempotencyKey: "order-7" }),
    pushgate.messages.send(TO_NOBODY),
  ]);
  assert.equal(first.id, second.id);
  assert.notEqual(first.id, third.id);
  const other = { ...TO_NOBODY, audience: { tag: "other" } };
  await assert.rejects(pushgate.messages.send(other, { idempotencyKey: "order-7" }), (error) => {
    assert(error instanceof Conflict);
    assert.equal(error.code, "idempotency_key_reused");
    return true;
  });
});

test("lists are read page by page to their end", async () => {
  const sent = await pushgate.messages.sendMany([TO_NOBODY, TO_NOBODY, { ...MESSAGE, audience: {} }]);
  assert.deepEqual(
    sent.map((one) => one.status),
    [202, 202, 422],
  );
  const listed = (await all(pushgate.messages.list({ pageSize: 1 }))).map((one) => one.id);
  for (const one of sent.slice(0, 2)) assert(listed.includes(one.message?.id ?? "-"));
});

test("terminals are imported, searched and exported, one by one and from a file", async () => {
  const note = "a\u2028b 张三";
  const lines = terminals(1200).map((one) => ({ ...one, attributes: { note } }));
  const done = await pushgate.terminals.importAll(lines, { name: "first" });
  assert.deepEqual([done.created, done.failed], [1200, 0]);
  assert.equal((await pushgate.terminals.importProgress("first")).status, "finished");
  const exported = new Map(
    (await all(pushgate.terminals.exportAll())).map((one) => [one.id, one.attributes]),
  );
  for (const one of lines) assert.deepEqual(exported.get(one.id), { note });
  assert((await all(pushgate.terminals.search({ vendor: "apns" }, { pageSize: 1000 }))).length >= 1200);

  const csv = new Blob([`id,vendor,token\nts-csv,apns,${token(5000)}\nts-bad,apns,zz\n`]);
  const more = await pushgate.terminals.importAll(csv, { form: "csv" });
  assert.deepEqual([more.created, more.failed, more.errors[0]?.line], [1, 1, 3]);
  await assert.rejects(pushgate.terminals.importAll(csv), TypeError);
});

test("an export can be left before its end", async () => {
  for await (const one of pushgate.terminals.exportAll()) {
    assert(one.id);
    break;
  }
});

test("ids reach the API as they are", async () => {
  const user = "a/b?c#d%20 张三";
  await pushgate.terminals.register("a:b@c=d+e~f", { vendor: "apns", token: token(6000), user });
  const kept = await pushgate.users.get(user);
  assert.deepEqual([kept.user, kept.terminals.map((one) => one.id)], [user, ["a:b@c=d+e~f"]]);
  await pushgate.terminals.delete("a:b@c=d+e~f");
  await assert.rejects(pushgate.terminals.get("a:b@c=d+e~f"), NotFound);
});

test("a draft is not overwritten by chance", async () => {
  const draft = await pushgate.drafts.create({ content: { en: { title: "Sale" } } });
  const { revision } = draft;
  await pushgate.drafts.replace(draft.id, { content: {} }, { revision });
  await assert.rejects(pushgate.drafts.replace(draft.id, { content: {} }, { revision }), Conflict);
  await pushgate.drafts.delete(draft.id);
});

test("events are followed, over connections and restarts", async () => {
  const { after } = await pushgate.events.poll();
  const types = ["terminal.registered"];
  const stream = pushgate.events.follow(after, { types });
  for (const number of [1, 2]) {
    await pushgate.terminals.register(`ts-event-${number}`, { vendor: "apns", token: token(7000 + number) });
  }
  const seen: Event[] = [];
  for await (const event of stream) {
    seen.push(event);
    if (seen.length === 2) break;
  }
  assert.deepEqual(
    seen.map((one) => one.type),
    ["terminal.registered", "terminal.registered"],
  );
  for await (const event of pushgate.events.follow(stream.after, { types })) {
    assert(
      seen.some((one) => one.id === event.id),
      "what was begun comes again",
    );
    break;
  }
  const controller = new AbortController();
  const quiet = pushgate.events.follow(undefined, { types: ["credential.*"], signal: controller.signal });
  setTimeout(() => controller.abort(new Error("enough")), 200);
  await assert.rejects(all(quiet), /enough/);
});

test("an event stream throws at first what never passes", async () => {
  await assert.rejects(all(pushgate.events.follow("odd")), InvalidRequest);
});

test("errors are told by kind, code and field", async () => {
  await assert.rejects(all(new Pushgate({ key: "" }).messages.list()), Unauthorized);
  const created = await pushgate.keys.create({ scopes: ["read"] });
  const reader = new Pushgate({ key: created.key });
  await assert.rejects(reader.messages.send(MESSAGE), Forbidden);
  await assert.rejects(pushgate.messages.send({ ...MESSAGE, audience: {} }), (error) => {
    assert(error instanceof InvalidRequest);
    assert.equal(error.errors[0]?.field, "audience");
    assert.match(error.requestId ?? "", /./);
    assert(error.message.includes("invalid_request"));
    return true;
  });
  await pushgate.keys.revoke(created.id);
});

test("the state is shown", async () => {
  assert.equal((await pushgate.operations.health()).status, "ok");
  assert.equal((await pushgate.operations.readiness()).redis, "ok");
  assert(Array.isArray((await pushgate.operations.status()).problems));
  assert.match(await pushgate.operations.metrics(), /^# HELP/m);
});
