/** Deliveries of webhooks are verified as the Standard Webhooks specification says. */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { test } from "node:test";
import { InvalidSignature, verify } from "pushgate-client";

const KEY = randomBytes(32);
const SECRET = `whsec_${KEY.toString("base64")}`;
const BODY = JSON.stringify({ type: "events", data: { events: [{ id: "e1", note: "张三" }] } });
const NOW = 1_800_000_000;

function headers(body: string | Buffer, at = NOW, key = KEY): Record<string, string> {
  const signature = createHmac("sha256", key).update(`d1.${at}.`).update(body).digest("base64");
  return {
    "webhook-id": "d1",
    "webhook-timestamp": String(at),
    "webhook-signature": `v1,AAAA v1,${signature}`,
  };
}

const check = (body: string | Uint8Array, sent: ConstructorParameters<typeof Headers>[0]): Promise<unknown> =>
  verify(body, new Headers(sent), SECRET, NOW * 1000);

test("a genuine delivery is returned, from text and from bytes, by any kind of headers", async () => {
  const wanted = JSON.parse(BODY) as unknown;
  assert.deepEqual(await check(BODY, headers(BODY)), wanted);
  assert.deepEqual(await check(Buffer.from(BODY), headers(BODY)), wanted);
  const upper = Object.fromEntries(
    Object.entries(headers(BODY)).map(([name, one]) => [name.toUpperCase(), one]),
  );
  assert.deepEqual(await verify(BODY, upper, SECRET, NOW * 1000), wanted);
});

test("what Pushgate did not sign so is refused", async () => {
  const { "webhook-id": _, ...withoutId } = headers(BODY);
  for (const [body, sent] of [
    [`${BODY} `, headers(BODY)],
    [BODY, headers(BODY, NOW, randomBytes(32))],
    [BODY, headers(BODY, NOW - 301)],
    [BODY, headers(BODY, NOW + 301)],
    [BODY, { ...headers(BODY), "webhook-timestamp": "soon" }],
    [BODY, { ...headers(BODY), "webhook-signature": "v1,?? v2,AAAA" }],
    [BODY, withoutId],
    ["{", headers("{")],
    [Buffer.from([0xff]), headers(Buffer.from([0xff]))],
  ] as const) {
    await assert.rejects(check(body, sent), InvalidSignature);
  }
});

test("a secret in another form is refused, an empty one above all", async () => {
  for (const secret of ["", "whsec_", "whsec_AAAA", SECRET.slice(6), "whsec_????"]) {
    await assert.rejects(verify(BODY, headers(BODY), secret, NOW * 1000), TypeError);
  }
});
