/** Calls are repeated where that is safe, and what goes wrong is told by kind. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ApiError,
  type ClientOptions,
  ConfigurationError,
  ConnectionFailed,
  Pushgate,
  RateLimited,
  Unavailable,
} from "pushgate-client";
import { MESSAGE } from "./calls.js";
import { serve, unusedUrl } from "./servers.js";

type Answer = [status: number, body?: object, headers?: Record<string, string>];
const NOTHING_DONE = JSON.parse(process.env["NOTHING_DONE"] ?? "[]") as string[];

/** A client that gets these answers one after the other, the last one again and again. */
function answering(
  answers: readonly Answer[],
  requests: Request[] = [],
  options: ClientOptions = {},
): Pushgate {
  return new Pushgate({
    url: "http://pushgate",
    key: "k",
    ...options,
    fetch: (input, init) => {
      const [status, body = {}, headers = {}] = answers[Math.min(requests.length, answers.length - 1)] ?? [
        200,
      ];
      requests.push(new Request(input, init));
      return Promise.resolve(new Response(JSON.stringify(body), { status, headers }));
    },
  });
}

test("a message is sent again with the same idempotency key", async () => {
  const requests: Request[] = [];
  await answering([[503], [502], [202, { id: "m1" }]], requests).messages.send(MESSAGE);
  const keys = new Set(requests.map((one) => one.headers.get("idempotency-key")));
  assert.equal(requests.length, 3);
  assert.equal(keys.size, 1);
  assert.match([...keys][0] ?? "", /^[0-9a-f]{32}$/);
});

test("a call that creates a secret is repeated only where nothing was done", async () => {
  const requests: Request[] = [];
  const create = (code: string): Promise<unknown> => {
    requests.length = 0;
    return answering(
      [
        [503, { code }],
        [201, { id: "k1" }],
      ],
      requests,
    ).keys.create({ scopes: ["push"] });
  };
  assert(NOTHING_DONE.length > 5);
  for (const code of NOTHING_DONE) {
    await create(code);
    assert.equal(requests.length, 2, code);
  }
  await assert.rejects(create("something_else"), Unavailable);
  assert.equal(requests.length, 1);
});

test("an error of the server itself is not repeated", async () => {
  const requests: Request[] = [];
  const pushgate = answering([[500, { code: "internal_error" }]], requests);
  await assert.rejects(pushgate.messages.send(MESSAGE), Unavailable);
  assert.equal(requests.length, 1);
});

test("Retry-After is obeyed, and a long one is told at once", async () => {
  const started = performance.now();
  await answering([[429, { code: "rate_limited" }, { "Retry-After": "1" }], [200]]).operations.health();
  assert(performance.now() - started >= 990);
  const pushgate = answering([[429, { code: "rate_limited" }, { "Retry-After": "61" }]]);
  await assert.rejects(pushgate.operations.health(), (error) => {
    assert(error instanceof RateLimited);
    assert.equal(error.retryAfterMs, 61_000);
    return true;
  });
});

test("attempts are bounded", async () => {
  const requests: Request[] = [];
  await assert.rejects(answering([[503]], requests, { maxAttempts: 2 }).operations.health(), Unavailable);
  assert.equal(requests.length, 2);
});

test("a refused connection was not carried out, a lost answer may be", async (t) => {
  const nobody = new Pushgate({ url: await unusedUrl(), key: "", maxAttempts: 1 });
  const cut = await serve(t, (request) => request.socket.destroy(), { maxAttempts: 1 });
  for (const [pushgate, mayBeDone] of [
    [nobody, false],
    [cut, true],
  ] as const) {
    await assert.rejects(pushgate.keys.create({ scopes: ["push"] }), (error) => {
      assert(error instanceof ConnectionFailed);
      assert.equal(error.mayBeDone, mayBeDone);
      return true;
    });
  }
});

test("an answer that does not come ends with the time that an attempt has", async (t) => {
  const silent = await serve(t, () => undefined, { maxAttempts: 1, timeoutMs: 50 });
  await assert.rejects(silent.operations.health(), /no answer in time/);
  const halting = await serve(t, (_, response) => void response.write("{"), {
    maxAttempts: 1,
    timeoutMs: 50,
  });
  await assert.rejects(halting.operations.health(), /no answer in time/);
});

test("a signal ends a call, and the pause before a repeated one", async (t) => {
  const silent = await serve(t, () => undefined);
  const reason = new Error("enough");
  const signal = (): AbortSignal => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 20);
    return controller.signal;
  };
  await assert.rejects(silent.operations.health({ signal: signal() }), reason);
  const patient = answering([[503, {}, { "Retry-After": "50" }]]);
  await assert.rejects(patient.operations.health({ signal: signal() }), reason);
  await assert.rejects(patient.operations.health({ signal: AbortSignal.abort(reason) }), reason);
});

test("an answer of something else than Pushgate is told as such", async (t) => {
  const page = await serve(t, (_, response) => void response.end("<html>"));
  await assert.rejects(page.operations.health(), /look whether the address/);
  const moved = await serve(t, (_, response) => void response.writeHead(301, { Location: "/x" }).end());
  await assert.rejects(
    moved.operations.health(),
    (error) => error instanceof ApiError && error.status === 301,
  );
});

test("no key goes into an error, and none without a valid form is taken", () => {
  assert.throws(
    () => new Pushgate({ url: "http://pushgate", key: "k\u00e9y" }),
    (error) => {
      assert(error instanceof ConfigurationError);
      assert(!error.message.includes("k\u00e9y"));
      return true;
    },
  );
  for (const url of ["pushgate:8080", "http://", "http://[::1", "http://pushgate:99999", "http://pushgate/?app=a"])
    assert.throws(() => new Pushgate({ url, key: "" }), ConfigurationError);
});

test("a password in the address is refused without being shown", () => {
  assert.throws(
    () => new Pushgate({ url: "https://ann:sesame@pushgate", key: "k" }),
    (error) => error instanceof ConfigurationError && !error.message.includes("sesame"),
  );
});

test("an answer of something else says to look at the address", async () => {
  for (const [status, words] of [
    [301, /leads to another one/],
    [404, /no answer of Pushgate/],
  ] as const)
    await assert.rejects(answering([[status]]).operations.status(), words);
});

test("an id that would name another call is refused", () => {
  const pushgate = answering([[200]]);
  for (const id of ["", ".", ".."]) assert.throws(() => pushgate.terminals.get(id), TypeError);
});
