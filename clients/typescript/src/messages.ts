/** Messages: send, look at, change, stop. */
import {
  type Call,
  type CallOptions,
  type CreateOptions,
  idempotent,
  type ListOptions,
  path,
} from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** Conditions of a list of messages. */
export interface MessageSearch {
  status?: types.Status;
  /** All of these words are in the titles, the bodies or the id. */
  words?: string;
  createdAfter?: Date | string;
  createdBefore?: Date | string;
}

/** The messages of an app. */
export class Messages {
  constructor(private readonly transport: Transport) {}

  /** Send a message, at once or at its `push_time`. The call is repeated safely. */
  send(message: types.MessageBody, options: CreateOptions = {}): Promise<types.MessageWithWarnings> {
    const headers = idempotent(options.idempotencyKey);
    return this.transport.send({ method: "POST", path: "/v1/messages", json: message, headers }, options);
  }

  /** Send up to 1,000 messages; returns one result for each, in their order. */
  async sendMany(
    messages: readonly types.MessageBody[],
    options: CreateOptions = {},
  ): Promise<types.BatchResult[]> {
    const headers = idempotent(options.idempotencyKey);
    const call: Call = { method: "POST", path: "/v1/messages:batch", json: { messages }, headers };
    return (await this.transport.send<types.BatchResults>(call, options)).results;
  }

  /** Tell what would come of a message; nothing is stored. `by` `timezone` counts by zone. */
  plan(
    message: types.MessageBody,
    options: CallOptions & { by?: "timezone" } = {},
  ): Promise<types.MessagePlan> {
    const query = { by: options.by };
    return this.transport.send({ method: "POST", path: "/v1/messages:plan", json: message, query }, options);
  }

  /** Return a message with its status. `include` `audience` shows lists whole. */
  get(
    messageId: string,
    options: CallOptions & { include?: "audience" } = {},
  ): Promise<types.TrackedMessage> {
    const query = { include: options.include };
    return this.transport.send({ method: "GET", path: path("/v1/messages/{}", messageId), query }, options);
  }

  /** Yield the messages, newest first: those that meet all conditions. Pages are read as they are needed. */
  async *list(options: ListOptions & MessageSearch = {}): AsyncGenerator<types.TrackedMessage> {
    const query = {
      status: options.status,
      q: options.words,
      created_after: options.createdAfter,
      created_before: options.createdBefore,
      limit: options.pageSize ?? 100,
    };
    const call: Call = { method: "GET", path: "/v1/messages", query };
    for await (const page of this.transport.pages<types.MessagePage>(call, options)) yield* page.messages;
  }

  /** Change a message that is still scheduled. */
  change(
    messageId: string,
    changes: types.ChangeBody,
    options: CallOptions = {},
  ): Promise<types.MessageWithWarnings> {
    const where = path("/v1/messages/{}", messageId);
    return this.transport.send(
      { method: "PATCH", path: where, json: changes, headers: idempotent() },
      options,
    );
  }

  /** Stop a message before or while it is sent. */
  cancel(messageId: string, options: CallOptions = {}): Promise<types.TrackedMessage> {
    const where = path("/v1/messages/{}/cancel", messageId);
    return this.transport.send({ method: "POST", path: where, headers: idempotent() }, options);
  }

  /** Send nothing more of a message until it is resumed. */
  pause(messageId: string, options: CallOptions = {}): Promise<types.TrackedMessage> {
    const where = path("/v1/messages/{}:pause", messageId);
    return this.transport.send({ method: "POST", path: where, headers: idempotent() }, options);
  }

  /** Go on with a paused message. */
  resume(messageId: string, options: CallOptions = {}): Promise<types.TrackedMessage> {
    const where = path("/v1/messages/{}:resume", messageId);
    return this.transport.send({ method: "POST", path: where, headers: idempotent() }, options);
  }

  /** Give the rest of a message with `winner` this variant, without waiting longer. */
  decide(messageId: string, variant: string, options: CallOptions = {}): Promise<types.MessageDecision> {
    const where = path("/v1/messages/{}:decide", messageId);
    return this.transport.send({ method: "POST", path: where, json: { variant }, headers: idempotent() }, options);
  }

  /** Send a message again to terminals that failed. */
  retry(messageId: string, body: types.RetryBody = {}, options: CreateOptions = {}): Promise<types.Retry> {
    const where = path("/v1/messages/{}/retry", messageId);
    const headers = idempotent(options.idempotencyKey);
    return this.transport.send({ method: "POST", path: where, json: body, headers }, options);
  }

  /** Take a message back from the phones of vendors that can. */
  recall(messageId: string, options: CallOptions = {}): Promise<types.Recall> {
    const where = path("/v1/messages/{}/recall", messageId);
    return this.transport.send({ method: "POST", path: where, headers: idempotent() }, options);
  }

  /** Return how many terminals are in each state, by group, with failures and timeline. */
  results(messageId: string, options: CallOptions = {}): Promise<types.Results> {
    return this.transport.send({ method: "GET", path: path("/v1/messages/{}/results", messageId) }, options);
  }

  /** Yield a message's terminals, all or those in a state, such as `failed`. */
  async *terminals(
    messageId: string,
    options: ListOptions & { state?: types.TerminalFilter } = {},
  ): AsyncGenerator<types.MessageTerminal> {
    const query = { state: options.state, limit: options.pageSize ?? 1000 };
    const call: Call = { method: "GET", path: path("/v1/messages/{}/terminals", messageId), query };
    for await (const page of this.transport.pages<types.MessageTerminalPage>(call, options))
      yield* page.terminals;
  }

  /** Tell what a message meant for one terminal, and why it got nothing. */
  explain(messageId: string, terminalId: string, options: CallOptions = {}): Promise<types.Explanation> {
    const where = path("/v1/messages/{}/terminals/{}", messageId, terminalId);
    return this.transport.send({ method: "GET", path: where }, options);
  }

  /** Tell what a message meant for the terminal with this push token, registered or not. */
  explainToken(
    messageId: string,
    terminal: { vendor: types.Vendor; token: string },
    options: CallOptions = {},
  ): Promise<types.Explanation> {
    const where = path("/v1/messages/{}/terminals:explain", messageId);
    return this.transport.send({ method: "POST", path: where, json: terminal }, options);
  }
}
