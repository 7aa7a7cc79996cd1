/**
 * What can go wrong with a call.
 *
 * PushgateError
 * ├── ConfigurationError   no address is set, or the address or key has no valid form
 * ├── ConnectionFailed     no answer; `mayBeDone` says whether the call may be done
 * ├── InvalidSignature     a webhook that Pushgate did not send (see `verify`)
 * └── ApiError             the API refused the call
 *     ├── InvalidRequest   a field or parameter is not valid: look at `errors`
 *     ├── Unauthorized     no valid API key
 *     ├── Forbidden        the key lacks a scope
 *     ├── NotFound
 *     ├── Conflict
 *     ├── RateLimited      too many requests, or too many messages that wait
 *     └── Unavailable      Pushgate or one of its engines is out of reach for now
 */

/** What is wrong with one field or parameter, in words for people. */
export interface InvalidField {
  readonly field: string;
  readonly message: string;
}

/** The root of all errors of this client. */
export class PushgateError extends Error {
  override get name(): string {
    return this.constructor.name;
  }
}

/** The client has no address, or its address or key has no valid form. */
export class ConfigurationError extends PushgateError {}

/** No answer came. `mayBeDone` says whether the call may have been carried out all the same. */
export class ConnectionFailed extends PushgateError {
  constructor(
    text: string,
    readonly mayBeDone: boolean,
    cause?: unknown,
  ) {
    super(text, { cause });
  }
}

/** A webhook's signature, time or form is not genuine. */
export class InvalidSignature extends PushgateError {}

/**
 * The API answered with a problem document (RFC 9457). Programs decide by `code`, which is stable;
 * `detail` and `errors` are words for people.
 */
export class ApiError extends PushgateError {
  readonly code: string;
  readonly title: string;
  readonly detail: string;
  readonly errors: readonly InvalidField[];

  constructor(
    readonly status: number,
    readonly problem: Readonly<Record<string, unknown>>,
    /** Milliseconds after which the call may be repeated, where the API says so. */
    readonly retryAfterMs: number | undefined,
    /** Names the request in the logs of Pushgate. */
    readonly requestId: string | undefined,
  ) {
    const { code = "", title = `HTTP ${status}`, detail = "", errors } = problem;
    const fields = toFields(errors);
    const words = detail ? `${title}: ${detail}` : String(title);
    const knownAs = `${status} ${code}`.trimEnd();
    super([`${words} (${knownAs})`, ...fields.map((one) => `  ${one.field}: ${one.message}`)].join("\n"));
    this.code = String(code);
    this.title = String(title);
    this.detail = String(detail);
    this.errors = fields;
  }
}

/** A field or parameter is not valid. */
export class InvalidRequest extends ApiError {}
/** There is no valid API key. */
export class Unauthorized extends ApiError {}
/** The API key lacks a scope, or the call is not for it. */
export class Forbidden extends ApiError {}
/** There is no such thing in the app of the key. */
export class NotFound extends ApiError {}
/** The thing is not in a state that allows the call. */
export class Conflict extends ApiError {}
/** Too many requests, or too many messages that wait. */
export class RateLimited extends ApiError {}
/** Pushgate, or one of its engines, cannot do it now. */
export class Unavailable extends ApiError {}

const LOOK = "look whether the address is that of Pushgate's API";
const BY_STATUS: Readonly<Record<number, typeof ApiError>> = {
  400: InvalidRequest,
  401: Unauthorized,
  403: Forbidden,
  404: NotFound,
  408: Unavailable,
  409: Conflict,
  412: Conflict,
  413: InvalidRequest,
  415: InvalidRequest,
  422: InvalidRequest,
  429: RateLimited,
};

/** Return the error of an answer that is not 2xx. Bodies of proxies need not be JSON. */
export function toError(status: number, headers: Headers, body: string): ApiError {
  const Kind = BY_STATUS[status] ?? (status >= 500 ? Unavailable : ApiError);
  return new Kind(
    status,
    toProblem(status, toObject(body)),
    toMs(headers.get("retry-after")),
    headers.get("x-request-id") ?? undefined,
  );
}

/** Return the error of an answer that is not JSON: something else than Pushgate answers. */
export function unreadable(status: number, headers: Headers): ApiError {
  const problem = { title: "The answer is not JSON", detail: LOOK };
  return new ApiError(status, problem, undefined, headers.get("x-request-id") ?? undefined);
}

/** Return a problem as it is, and one with words for an answer that Pushgate did not give. */
function toProblem(status: number, answer: Record<string, unknown>): Record<string, unknown> {
  if ("code" in answer) return answer;
  if (status >= 300 && status < 400) {
    return { detail: "the address leads to another one: give that, such as https:// for http://", ...answer };
  }
  return [404, 405].includes(status)
    ? { detail: `this is no answer of Pushgate: ${LOOK}`, ...answer }
    : answer;
}

function toObject(body: string): Record<string, unknown> {
  try {
    const found: unknown = JSON.parse(body);
    return isObject(found) ? found : {};
  } catch {
    return {};
  }
}

function toFields(errors: unknown): InvalidField[] {
  if (!Array.isArray(errors)) return [];
  return errors
    .filter(isObject)
    .map((one) => ({ field: String(one["field"] ?? ""), message: String(one["message"] ?? "") }));
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Retry-After in milliseconds; its other form, a date, is not sent by Pushgate. */
function toMs(text: string | null): number | undefined {
  return text && /^\d+$/.test(text) ? Number(text) * 1000 : undefined;
}
