/** Audiences: count, save, freeze. */
import { type Call, type CallOptions, type ListOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** Saved audiences of an app, and counts of any audience. */
export class Audiences {
  constructor(private readonly transport: Transport) {}

  /** Count the terminals of an audience by vendor and language, and by what `by` names. `lines` counts what
   * is left after each part of an outermost `all_of`. */
  count(
    audience: types.AudienceBody,
    options: CallOptions & { by?: readonly types.CountBy[]; lines?: boolean } = {},
  ): Promise<types.AudienceCount> {
    const json = { audience, by: options.by ?? [], lines: options.lines ?? false };
    return this.transport.send({ method: "POST", path: "/v1/audience:count", json }, options);
  }

  /** Save an audience as a rule under this name, or replace the one that has the name. */
  save(
    name: string,
    audience: types.AudienceNode,
    options: CallOptions = {},
  ): Promise<types.SavedAudienceWithWarnings> {
    const where = path("/v1/audiences/{}", name);
    return this.transport.send({ method: "PUT", path: where, json: { audience } }, options);
  }

  /** Return a saved audience. */
  get(name: string, options: CallOptions = {}): Promise<types.SavedAudience> {
    return this.transport.send({ method: "GET", path: path("/v1/audiences/{}", name) }, options);
  }

  /** Yield the saved audiences, by name. */
  async *list(options: ListOptions = {}): AsyncGenerator<types.SavedAudienceRow> {
    const call: Call = { method: "GET", path: "/v1/audiences", query: { limit: options.pageSize ?? 100 } };
    for await (const page of this.transport.pages<types.SavedAudiencePage>(call, options))
      yield* page.audiences;
  }

  /** Delete a saved audience that nothing names. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/audiences/{}", name) }, options);
  }

  /** Save the terminals that an audience holds now, whatever becomes of them. */
  freeze(
    name: string,
    audience: types.AudienceNode,
    options: CallOptions = {},
  ): Promise<types.SavedAudienceWithWarnings> {
    const where = path("/v1/audiences/{}:freeze", name);
    return this.transport.send({ method: "POST", path: where, json: { audience } }, options);
  }
}
