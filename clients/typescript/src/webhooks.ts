/** Verify that a webhook comes from Pushgate, as the Standard Webhooks specification says. */
import { InvalidSignature } from "./errors.js";
import type { Event } from "./types.js";

/** Seconds by which the time of a delivery may differ from ours: older ones may be replays. */
export const TOLERANCE_SECONDS = 300;
const PREFIX = "whsec_";
const MIN_BYTES = 24;

/** What Pushgate posts. */
export interface WebhookDelivery {
  type: string;
  timestamp: string;
  data: { events: Event[]; [more: string]: unknown };
  [more: string]: unknown;
}

/** The headers of a request: those of fetch, or of Node's http. */
export type RequestHeaders = Headers | Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * Return the JSON of a genuine delivery.
 *
 * `body` is the request's body as it came, `secret` the webhook's (`whsec_...`). Throws InvalidSignature; answer
 * such a request with 400. The same `webhook-id` may come again. Throws TypeError for a secret in another form.
 */
export async function verify(
  body: string | Uint8Array,
  headers: RequestHeaders,
  secret: string,
  nowMs = Date.now(),
): Promise<WebhookDelivery> {
  const key = await toKey(secret);
  const [delivery, sentAt, signatures] = ["webhook-id", "webhook-timestamp", "webhook-signature"].map(
    (name) => required(headers, name),
  ) as [string, string, string];
  if (!/^\d{1,15}$/.test(sentAt) || Math.abs(nowMs / 1000 - Number(sentAt)) > TOLERANCE_SECONDS) {
    throw new InvalidSignature("the time of the delivery is too far from now");
  }
  const bytes = typeof body === "string" ? new TextEncoder().encode(body) : body;
  const signed = concatenated(new TextEncoder().encode(`${delivery}.${sentAt}.`), bytes);
  const found = signatures.split(" ").filter((one) => one.startsWith("v1,"));
  // `crypto.subtle` compares in constant time.
  const genuine = await Promise.all(
    found.map((one) => crypto.subtle.verify("HMAC", key, toBytes(one.slice(3)), signed)),
  );
  if (!genuine.includes(true))
    throw new InvalidSignature("no signature is that of this body with this secret");
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as WebhookDelivery;
  } catch {
    throw new InvalidSignature("the body is not JSON");
  }
}

function required(headers: RequestHeaders, name: string): string {
  const found = headers instanceof Headers ? headers.get(name) : valueOf(headers, name);
  if (typeof found !== "string") throw new InvalidSignature(`the header ${name} is missing`);
  return found;
}

function valueOf(headers: Exclude<RequestHeaders, Headers>, name: string): unknown {
  return Object.entries(headers).find(([one]) => one.toLowerCase() === name)?.[1];
}

async function toKey(secret: string): Promise<CryptoKey> {
  const key = toBytes(secret.slice(PREFIX.length));
  // Anybody could sign with an empty secret, such as that of a setting that is missing.
  if (!secret.startsWith(PREFIX) || key.length < MIN_BYTES) {
    throw new TypeError(`the secret is not ${PREFIX} and at least ${MIN_BYTES} bytes in base64`);
  }
  return crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
}

/** Return the bytes of base64, none where it is not valid. */
function toBytes(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(text), (one) => one.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}

function concatenated(first: Uint8Array, second: Uint8Array): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(first.length + second.length);
  joined.set(first);
  joined.set(second, first.length);
  return joined;
}
