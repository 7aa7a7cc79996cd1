/** Terminals that are marked for tests. */
import { type CallOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** The terminals of an app that are marked for tests. */
export class MarkedTerminals {
  constructor(private readonly transport: Transport) {}

  /** Mark a registered terminal for tests, under a name such as `Anna's phone`. */
  mark(terminalId: string, name: string, options: CallOptions = {}): Promise<types.MarkedTerminal> {
    const where = path("/v1/test-terminals/{}", terminalId);
    return this.transport.send({ method: "PUT", path: where, json: { name } }, options);
  }

  /** Return all of them, in the order of their names. */
  async list(options: CallOptions = {}): Promise<types.MarkedTerminal[]> {
    const call = { method: "GET", path: "/v1/test-terminals" } as const;
    return (await this.transport.send<types.MarkedTerminals>(call, options)).terminals;
  }

  /** Return one of them. */
  get(terminalId: string, options: CallOptions = {}): Promise<types.MarkedTerminal> {
    return this.transport.send({ method: "GET", path: path("/v1/test-terminals/{}", terminalId) }, options);
  }

  /** Take a terminal off the terminals for tests. It stays registered. */
  async unmark(terminalId: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/test-terminals/{}", terminalId) }, options);
  }
}
