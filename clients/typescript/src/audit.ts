/** The audit log: which key did what. */
import type { CallOptions } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** Which entries are read. */
export interface AuditFilter {
  app?: string;
  order?: types.Order;
  action?: string;
  key?: string;
  target?: string;
  since?: Date | string;
  user?: string;
  terminal?: string;
}

/** The audit log of an app; an operator's key reads those of all apps. */
export class Audit {
  constructor(private readonly transport: Transport) {}

  /** Return a page of entries. Its `after` leads on, and to entries that come later: keep it to follow the log. */
  read(
    after?: string,
    filter: AuditFilter = {},
    options: CallOptions & { limit?: number } = {},
  ): Promise<types.AuditPage> {
    const query = { ...filter, after, limit: options.limit };
    return this.transport.send({ method: "GET", path: "/v1/audit", query }, options);
  }

  /** Yield all entries up to now, the oldest first where `order` says nothing else. */
  async *list(filter: AuditFilter = {}, options: CallOptions = {}): AsyncGenerator<types.AuditEntry> {
    // A place tells its order.
    const { order = "oldest", ...conditions } = filter;
    for (let page = await this.read(undefined, { ...conditions, order }, options); ;) {
      yield* page.entries;
      if (!page.has_more) return;
      page = await this.read(page.after, conditions, options);
    }
  }
}
