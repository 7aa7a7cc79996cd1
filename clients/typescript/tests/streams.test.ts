/** Streams go on where they were cut. */
import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { test } from "node:test";
import { ConnectionFailed, Forbidden, Unavailable } from "pushgate-client";
import { serve } from "./servers.js";

/** Answers that are cut after these texts. */
const cutAfter = (asked: URL[], texts: readonly string[]): RequestListener => {
  return (request, response) => {
    const text = texts[asked.length] ?? "";
    asked.push(new URL(request.url ?? "", "http://pushgate"));
    response.writeHead(200, { "Content-Length": 10_000 });
    response.write(text, () => setTimeout(() => response.destroy(), 50));
  };
};
const lines = (...found: object[]): string => found.map((one) => `${JSON.stringify(one)}\n`).join("");

test("a cut export goes on at its last mark", async (t) => {
  const asked: URL[] = [];
  const first = `${lines({ id: "a" }, { export: { after: "0.16.0" } }, { id: "b" })}{"id": "half`;
  const second = lines({ id: "b" }, { id: "c" }, { export: { complete: true } });
  const pushgate = await serve(t, cutAfter(asked, [first, second]));
  const seen: string[] = [];
  for await (const one of pushgate.terminals.exportAll()) seen.push(one.id);
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.equal(asked[1]?.searchParams.get("after"), "0.16.0");
});

test("an export that is cut does not end as if it were whole", async (t) => {
  const pushgate = await serve(t, cutAfter([], [lines({ id: "a" }, { export: { after: "0.16.0" } })]), {
    maxAttempts: 1,
  });
  const seen: string[] = [];
  await assert.rejects(async () => {
    for await (const one of pushgate.terminals.exportAll()) seen.push(one.id);
  }, ConnectionFailed);
  assert.deepEqual(seen, ["a"], "what came before counts");
});

test("events go on after lost connections from where they were", async (t) => {
  const asked: URL[] = [];
  const event = (id: string, place?: string): string =>
    `${place ? `id: ${place}\n` : ""}event: message.sent\ndata: {"id":"${id}"}\n\n`;
  const pushgate = await serve(
    t,
    cutAfter(asked, [
      `retry: 1000\nid: c1\n\n: still here\n\n${event("e1")}${event("e2", "c2")}${event("e3")}`,
      `id: c2\n\n${event("e3")}${event("e4", "c3")}`,
    ]),
  );
  const stream = pushgate.events.follow();
  const seen: string[] = [];
  for await (const one of stream) {
    seen.push(one.id);
    if (one.id === "e4") break;
  }
  assert.deepEqual(seen, ["e1", "e2", "e3", "e3", "e4"]);
  assert.equal(stream.after, "c2", "e4 may not be done yet");
  assert.deepEqual(
    asked.map((one) => one.searchParams.get("after")),
    [null, "c2"],
  );
});

test("a stream ends with an error that does not pass", async (t) => {
  let calls = 0;
  const pushgate = await serve(t, (_, response) => {
    calls += 1;
    if (calls === 1) response.end("id: c1\n\n");
    else response.writeHead(403).end("{}");
  });
  await assert.rejects(async () => {
    for await (const _ of pushgate.events.follow());
  }, Forbidden);
  assert.equal(calls, 2);
});

test("the first call of a stream tells what is wrong", async (t) => {
  const pushgate = await serve(t, (_, response) => void response.writeHead(503).end("{}"), {
    maxAttempts: 2,
  });
  await assert.rejects(async () => {
    for await (const _ of pushgate.events.follow());
  }, Unavailable);
});

test("an import ends with the error of its source, or of Pushgate before it is read", async (t) => {
  const refusing = await serve(t, (_, response) => void response.writeHead(403).end('{"code":"forbidden"}'));
  let isLeft = false;
  async function* endless(): AsyncGenerator<object> {
    try {
      for (let number = 0; ; number += 1) yield { id: `t${number}` };
    } finally {
      isLeft = true;
    }
  }
  await assert.rejects(refusing.terminals.importAll(endless()), Forbidden);
  while (!isLeft) await new Promise((resolve) => setTimeout(resolve, 10));
  const reading = await serve(t, (request) => void request.resume());
  async function* broken(): AsyncGenerator<object> {
    yield { id: "t1" };
    throw new RangeError("the source is broken");
  }
  await assert.rejects(reading.terminals.importAll(broken()), RangeError);
  const page = await serve(
    t,
    (request, response) => void request.resume().on("end", () => response.end("<html>")),
  );
  await assert.rejects(page.terminals.importAll([{ id: "t1" }]), /look whether the address/);
});
