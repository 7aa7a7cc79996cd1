/** One call of the API as a value, and when it may be repeated. No I/O. */
import { ApiError, ConnectionFailed } from "./errors.js";

/** What every method takes beside its own arguments. */
export interface CallOptions {
  /** Ends the call; what it throws is the signal's reason. */
  signal?: AbortSignal;
  /** Milliseconds for each attempt, in place of the client's. */
  timeoutMs?: number;
}

/** Options of lists. */
export interface ListOptions extends CallOptions {
  /** How many are read at once. */
  pageSize?: number;
}

/** Options of calls that create something. */
export interface CreateOptions extends CallOptions {
  /** Names the call, so that a repeated one does nothing twice. Unset: the client makes one. */
  idempotencyKey?: string;
}

export type QueryValue = string | number | boolean | Date | readonly string[] | undefined;

/** A request before it is sent. Its body is `json`, or `content` as it is, or nothing. */
export interface Call {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, QueryValue>>;
  readonly json?: unknown;
  readonly content?: BodyInit;
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the call may be sent again when nobody knows whether it was carried out. Unset = yes. */
  readonly repeatable?: boolean;
  /** Milliseconds that the API may hold the answer back, beside the timeout. */
  readonly waitMs?: number;
  /** Statuses beside 2xx that are answers, not errors. */
  readonly answers?: readonly number[];
}

/** Problems after which nothing was done, so that every call may be repeated. */
export const NOTHING_DONE: ReadonlySet<string> = new Set([
  "engine_unavailable",
  "not_configured_here",
  "overloaded",
  "rate_limited",
  "sealed_elsewhere",
  "too_many_connections",
  "too_many_registrations",
  "too_many_waiting",
  "too_slow",
]);
/** An error that asks for a longer pause is thrown at once. */
export const MAX_RETRY_AFTER_MS = 60_000;
const OFTEN_PASSING: ReadonlySet<number> = new Set([500, 502, 503, 504]);
const VISIBLE = /^[\x21-\x7e]+$/;
const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 20_000;

/** Return the query with its `?`, "" where there is none. Values that are undefined are left out. */
export function queryText(query: Call["query"]): string {
  const found = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined) found.append(name, one instanceof Date ? one.toISOString() : String(one));
    }
  }
  const text = found.toString();
  return text && `?${text}`;
}

/** Fill names into a path. Each is quoted: ids may hold any character. Throws TypeError for a name that
 * would make the path that of another call: an empty one, `.` and `..`, however they are quoted. */
export function path(template: string, ...names: readonly string[]): string {
  const left = [...names];
  return template.replaceAll("{}", () => {
    const name = left.shift() ?? "";
    if (["", ".", ".."].includes(name)) {
      throw new TypeError(`an id or name for ${template} is empty or of points alone`);
    }
    return encodeURIComponent(name);
  });
}

/** Return the header that makes a call safe to repeat; without a key, with one of its own. */
export function idempotent(key?: string): Record<string, string> {
  return { "Idempotency-Key": key === undefined ? randomName() : inHeader(key, "an idempotency key") };
}

/** Return the header of a credential that takes the place of the API key, none without one. */
export function bearer(credential: string | undefined): Record<string, string> {
  return credential === undefined ? {} : { Authorization: `Bearer ${inHeader(credential, "a credential")}` };
}

/** Throws TypeError, which does not repeat the value. */
function inHeader(value: string, name: string): string {
  if (!VISIBLE.test(value)) {
    throw new TypeError(`${name} has visible ASCII characters alone, at least one and no space`);
  }
  return value;
}

function randomName(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether the call may be sent again after this error. */
export function mayRepeat(call: Call, error: ApiError | ConnectionFailed): boolean {
  const repeatable = call.repeatable ?? true;
  if (error instanceof ConnectionFailed) return repeatable || !error.mayBeDone;
  if ((error.retryAfterMs ?? 0) > MAX_RETRY_AFTER_MS) return false;
  if (NOTHING_DONE.has(error.code) || (error.status === 429 && !error.code)) return true;
  return repeatable && OFTEN_PASSING.has(error.status) && error.code !== "internal_error";
}

/** Return the pause in milliseconds after this attempt, the first being 0: exponential with full jitter,
 * and at least what the API asks for. */
export function delayMs(attempt: number, error: ApiError | ConnectionFailed, chance = Math.random()): number {
  const wanted = error instanceof ApiError ? (error.retryAfterMs ?? 0) : 0;
  // Clients that failed at one time try again at different times.
  return wanted + Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt, 10)) * chance;
}
