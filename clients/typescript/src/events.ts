/** Events: what happens to terminals and messages. */
import { type Call, type CallOptions, delayMs } from "./calls.js";
import { sleep } from "./deadline.js";
import { ApiError, ConnectionFailed, RateLimited, Unavailable } from "./errors.js";
import { toLines } from "./lines.js";
import { toEvents } from "./server-sent-events.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** What is read. */
export interface EventOptions extends CallOptions {
  /** Types of events, `terminal.*` for all that begin alike; unset = all. */
  types?: readonly string[];
  /** Gives each terminal an event of its own. */
  expand?: boolean;
}

/** Pushgate says that it is still there as often as this. */
const HEARTBEAT_MS = 15_000;
const RECONNECT_MS = 1000;

/** The events of an app, kept for `events.retention`, 3 days where nothing else is set. */
export class Events {
  constructor(private readonly transport: Transport) {}

  /** Return the next events, and as `after` where the next call goes on. Without `after` it begins now, with
   * `start` at the oldest event that is kept. `wait` is in seconds, at most 60. */
  poll(
    after?: string,
    options: EventOptions & { wait?: number; limit?: number } = {},
  ): Promise<types.EventPage> {
    const { wait = 0, limit } = options;
    const query = { ...toQuery(after, options), wait, limit };
    return this.transport.send({ method: "GET", path: "/v1/events", query, waitMs: wait * 1000 }, options);
  }

  /** Return an endless stream of the events after a place. See `EventStream`. */
  follow(after?: string, options: EventOptions = {}): EventStream {
    return new EventStream(this.transport, after, options);
  }
}

/**
 * Events one by one, without end, as server-sent events.
 *
 * `after` is the place behind the last portion that was taken whole: store it with what you made of the events,
 * and give it to `follow` after a restart. Events of the portion that was begun come again then, with the same
 * ids.
 *
 * The first call throws what goes wrong. Later, the stream goes on by itself where Pushgate is out of reach or
 * asks for patience, however long that lasts; other errors are thrown.
 */
export class EventStream implements AsyncIterable<types.Event> {
  private isOpened = false;

  constructor(
    private readonly transport: Transport,
    public after: string | undefined,
    private readonly options: EventOptions,
  ) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<types.Event> {
    let failed = 0;
    for (;;) {
      let pauseMs = RECONNECT_MS;
      try {
        for await (const { id, data } of toEvents(
          toLines(this.transport.chunks(this.call(), this.options)),
        )) {
          this.isOpened = true;
          failed = 0;
          if (data !== undefined) yield JSON.parse(data) as types.Event;
          // The reader asked for the next event: it is done with this one.
          if (id !== undefined) this.after = id;
        }
      } catch (error) {
        failed += 1;
        if (!this.isOpened) {
          await this.transport.pause(this.call(), error, failed, this.options.signal);
          continue;
        }
        if (!isPassing(error)) throw error;
        pauseMs += delayMs(failed - 1, error);
      }
      // Gives Pushgate time to come back, or to recover.
      await sleep(pauseMs, this.options.signal);
    }
  }

  private call(): Call {
    return {
      method: "GET",
      path: "/v1/events",
      query: toQuery(this.after, this.options),
      headers: { Accept: "text/event-stream" },
      waitMs: HEARTBEAT_MS,
    };
  }
}

function toQuery(after: string | undefined, options: EventOptions): NonNullable<Call["query"]> {
  return { after, types: (options.types ?? ["*"]).join(","), expand: options.expand ?? false };
}

function isPassing(error: unknown): error is ApiError | ConnectionFailed {
  return error instanceof ConnectionFailed || error instanceof RateLimited || error instanceof Unavailable;
}
