/** API keys: create, list, rotate, revoke. */
import { type Call, type CallOptions, type ListOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** The API keys of an app; an operator's key sees those of all apps. */
export class Keys {
  constructor(private readonly transport: Transport) {}

  /** Create a key. Its text is in this answer alone: the call is not repeated. */
  create(body: types.KeyBody, options: CallOptions = {}): Promise<types.NewKey> {
    return this.transport.send({ method: "POST", path: "/v1/keys", json: body, repeatable: false }, options);
  }

  /** Yield the keys. */
  async *list(options: ListOptions & { app?: string } = {}): AsyncGenerator<types.Key> {
    const query = { app: options.app, limit: options.pageSize ?? 100 };
    const call: Call = { method: "GET", path: "/v1/keys", query };
    for await (const page of this.transport.pages<types.KeyPage>(call, options)) yield* page.keys;
  }

  /** Return a key without its secret. */
  get(keyId: string, options: CallOptions = {}): Promise<types.Key> {
    return this.transport.send({ method: "GET", path: path("/v1/keys/{}", keyId) }, options);
  }

  /** Give a key another secret. The one before holds for `overlap`, such as `1h`. */
  rotate(keyId: string, options: CallOptions & { overlap?: string } = {}): Promise<types.NewKey> {
    const where = path("/v1/keys/{}:rotate", keyId);
    const json = { overlap: options.overlap };
    return this.transport.send({ method: "POST", path: where, json, repeatable: false }, options);
  }

  /** Delete a key. Every process refuses it within a second. */
  async revoke(keyId: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/keys/{}", keyId) }, options);
  }
}
