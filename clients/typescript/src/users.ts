/** People: what is kept of them. */
import { type CallOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** The users of an app. */
export class Users {
  constructor(private readonly transport: Transport) {}

  /** Return a part of what is kept of a user; `next_cursor` leads on. The first part has attributes, saved
   * audiences and drafts beside terminals. */
  get(
    user: string,
    options: CallOptions & { cursor?: string; limit?: number } = {},
  ): Promise<types.UserPage> {
    const query = { cursor: options.cursor, limit: options.limit };
    return this.transport.send({ method: "GET", path: path("/v1/users/{}", user), query }, options);
  }

  /** Change attributes of a user. */
  change(user: string, changes: types.UserChangeBody, options: CallOptions = {}): Promise<types.ChangedUser> {
    return this.transport.send({ method: "PATCH", path: path("/v1/users/{}", user), json: changes }, options);
  }

  /** Erase every trace of a user. `complete` says whether that is all: else call again. */
  erase(user: string, options: CallOptions = {}): Promise<types.ErasedUser> {
    return this.transport.send({ method: "DELETE", path: path("/v1/users/{}", user) }, options);
  }
}
