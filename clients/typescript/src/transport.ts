/** Sends calls and repeats them where that is safe. */
import { type Call, type CallOptions, delayMs, mayRepeat, queryText } from "./calls.js";
import { toAddress, toHeaders } from "./configuration.js";
import { Deadline, sleep } from "./deadline.js";
import { ApiError, ConnectionFailed, toError, unreadable } from "./errors.js";

/** How a client reaches Pushgate. */
export interface ClientOptions {
  /** Unset = PUSHGATE_URL. */
  url?: string;
  /** Unset = PUSHGATE_KEY; "" sends none. */
  key?: string;
  /** Milliseconds for each attempt; unset = 30,000. */
  timeoutMs?: number;
  /** How often a call is attempted where repeating is safe; unset = 5. */
  maxAttempts?: number;
  /** Takes the place of the global fetch, for proxies for example. */
  fetch?: typeof fetch;
}

const NEVER_SENT: ReadonlySet<unknown> = new Set([
  "ECONNREFUSED",
  "EAI_AGAIN",
  "ENOTFOUND",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "UND_ERR_CONNECT_TIMEOUT",
]);

/** The way to one Pushgate with one API key; see `Pushgate`. */
export class Transport {
  readonly url: string;
  private readonly headers: Readonly<Record<string, string>>;
  private readonly timeoutMs: number;
  private readonly maxAttempts: number;
  private readonly fetch: typeof fetch;

  constructor(options: ClientOptions) {
    this.url = toAddress(options.url);
    this.headers = toHeaders(options.key);
    this.timeoutMs = options.timeoutMs ?? 30_000;
    this.maxAttempts = options.maxAttempts ?? 5;
    // Looked up at each call, so that what replaces the global one counts.
    this.fetch = options.fetch ?? ((...given) => globalThis.fetch(...given));
  }

  /** Return the JSON of the answer, an empty object where there is none. Throws ApiError and its kinds,
   * ConnectionFailed, the reason of the signal. */
  async send<T>(call: Call, options: CallOptions = {}): Promise<T> {
    return this.attempts(call, options, (response) => toJson<T>(response));
  }

  /** Return the answer as it is. Throws what `send` throws. */
  text(call: Call, options: CallOptions = {}): Promise<string> {
    return this.attempts(call, options, (response) => response.text());
  }

  /** Yield the pages of a list. Each is read when it is needed. */
  async *pages<P extends { next_cursor: string | null }>(
    call: Call,
    options: CallOptions,
  ): AsyncGenerator<P> {
    let cursor: string | undefined;
    do {
      const query = cursor === undefined ? call.query : { ...call.query, cursor };
      const page: P = await this.send<P>(query ? { ...call, query } : call, options);
      yield page;
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  }

  /** Yield the answer as it comes. It is attempted once, and fails where nothing comes for the time that an
   * attempt has. */
  async *chunks(call: Call, options: CallOptions = {}): AsyncGenerator<Uint8Array> {
    const deadline = this.deadline(call, options);
    try {
      const response = await this.request(call, deadline, options);
      const reader = response.body?.getReader();
      try {
        for (;;) {
          const part = await reader?.read();
          if (!part || part.done) return;
          deadline.restart();
          yield part.value;
        }
      } finally {
        // A reader that stops early lets the connection go.
        await reader?.cancel().catch(() => undefined);
      }
    } catch (error) {
      throw this.failure(error, deadline, options);
    } finally {
      deadline.end();
    }
  }

  /** Send a body that is made while it is sent, in one attempt. `made` is given a function to call for each
   * part: it returns whether the request goes on, for an answer may come before all is sent. */
  async upload<T>(call: Call, options: CallOptions, made: (goesOn: () => boolean) => BodyInit): Promise<T> {
    const deadline = this.deadline(call, options);
    try {
      const content = made(() => deadline.restart());
      return await toJson<T>(await this.request({ ...call, content }, deadline, options));
    } catch (error) {
      throw this.failure(error, deadline, options);
    } finally {
      deadline.end();
    }
  }

  /** Wait before the call is repeated, after so many failed attempts in a row. Throws the error where it must
   * not be repeated. */
  async pause(call: Call, error: unknown, failed: number, signal: AbortSignal | undefined): Promise<void> {
    if (!(error instanceof ApiError || error instanceof ConnectionFailed)) throw error;
    if (failed >= this.maxAttempts || !mayRepeat(call, error)) throw error;
    // Gives Pushgate time to recover, and at least the time that it asks for.
    await sleep(delayMs(failed - 1, error), signal);
  }

  private async attempts<T>(
    call: Call,
    options: CallOptions,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    for (let failed = 1; ; failed += 1) {
      const deadline = this.deadline(call, options);
      try {
        return await read(await this.request(call, deadline, options));
      } catch (error) {
        await this.pause(call, this.failure(error, deadline, options), failed, options.signal);
      } finally {
        deadline.end();
      }
    }
  }

  private deadline(call: Call, options: CallOptions): Deadline {
    const timeoutMs = options.timeoutMs ?? this.timeoutMs;
    return new Deadline(timeoutMs && timeoutMs + (call.waitMs ?? 0), options.signal);
  }

  /** Return an answer that is no error, its body unread. */
  private async request(call: Call, deadline: Deadline, options: CallOptions): Promise<Response> {
    options.signal?.throwIfAborted();
    const headers = { ...this.headers, ...call.headers };
    if (call.json !== undefined) headers["Content-Type"] = "application/json";
    const request: RequestInit & { duplex?: "half" } = {
      method: call.method,
      headers,
      body: call.json === undefined ? (call.content ?? null) : JSON.stringify(call.json),
      signal: deadline.signal,
      // The key goes to this address alone; cookies have no part in this.
      redirect: "manual",
      credentials: "omit",
    };
    if (call.content instanceof ReadableStream) request.duplex = "half";
    const response = await this.fetch(this.url + call.path + queryText(call.query), request);
    if (response.ok || call.answers?.includes(response.status)) return response;
    throw toError(response.status, response.headers, await response.text());
  }

  /** Return what a caller is told of an error. */
  private failure(error: unknown, deadline: Deadline, options: CallOptions): unknown {
    if (error instanceof ApiError || error instanceof ConnectionFailed) return error;
    if (options.signal?.aborted) return options.signal.reason;
    if (deadline.isOver) return new ConnectionFailed(`${this.url}: no answer in time`, true, error);
    // What fetch throws where there is no connection, and nothing else of this client does.
    if (!(error instanceof TypeError)) return error;
    const cause = error.cause as { code?: unknown; message?: unknown } | undefined;
    const text = `${this.url}: ${String(cause?.message || cause?.code || error.message)}`;
    return new ConnectionFailed(text, !NEVER_SENT.has(cause?.code), error);
  }
}

/** Return the JSON of an answer, an empty object where there is none. */
async function toJson<T>(response: Response): Promise<T> {
  const body = await response.text();
  if (!body) return {} as T;
  try {
    return JSON.parse(body) as T;
  } catch {
    throw unreadable(response.status, response.headers);
  }
}
