/** Drafts: messages that are being written. */
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

/** The drafts of an app. To send one, send its `message`. */
export class Drafts {
  constructor(private readonly transport: Transport) {}

  /** Store a message as far as it is written. */
  create(message: types.DraftBody, options: CreateOptions = {}): Promise<types.Draft> {
    const headers = idempotent(options.idempotencyKey);
    return this.transport.send({ method: "POST", path: "/v1/drafts", json: message, headers }, options);
  }

  /** Yield the drafts without their messages, those changed last first. */
  async *list(options: ListOptions = {}): AsyncGenerator<types.DraftHead> {
    const call: Call = { method: "GET", path: "/v1/drafts", query: { limit: options.pageSize ?? 100 } };
    for await (const page of this.transport.pages<types.DraftPage>(call, options)) yield* page.drafts;
  }

  /** Return a draft, and what would be refused if its message were sent now. */
  get(draftId: string, options: CallOptions = {}): Promise<types.Draft> {
    return this.transport.send({ method: "GET", path: path("/v1/drafts/{}", draftId) }, options);
  }

  /** Replace a draft. Throws Conflict where somebody changed it since `revision`; null overwrites whatever is
   * there. */
  replace(
    draftId: string,
    message: types.DraftBody,
    options: CallOptions & { revision: number | null },
  ): Promise<types.Draft> {
    const headers = { ...toMatch(options.revision), ...idempotent() };
    return this.transport.send(
      { method: "PUT", path: path("/v1/drafts/{}", draftId), json: message, headers },
      options,
    );
  }

  /** Delete a draft. Throws Conflict where somebody changed it since `revision`. */
  async delete(draftId: string, options: CallOptions & { revision?: number | null } = {}): Promise<void> {
    const headers = toMatch(options.revision ?? null);
    await this.transport.send({ method: "DELETE", path: path("/v1/drafts/{}", draftId), headers }, options);
  }
}

function toMatch(revision: number | null): Record<string, string> {
  return { "If-Match": revision === null ? "*" : `"${revision}"` };
}
