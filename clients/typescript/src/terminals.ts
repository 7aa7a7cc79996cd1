/** Terminals: register, find, look at, import, export. */
import { type Call, type CallOptions, type ListOptions, path } from "./calls.js";
import { exportTerminals, importTerminals, type ImportOptions } from "./terminal-streams.js";
import type { Source } from "./lines.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** A terminal of a batch. */
export type TerminalOfBatch = types.TerminalBody & { id: string };

/** Conditions of a search; all that are given hold. Days are UTC, such as `2026-11-28`, and `seen_after` means on
 * this day or later. */
export interface TerminalSearch {
  user?: string;
  tag?: string;
  vendor?: types.Vendor;
  language?: string;
  timezone?: string;
  app_version?: string;
  seen_before?: string;
  seen_after?: string;
  registered_before?: string;
  registered_after?: string;
  /** Goes with `equals`. */
  attribute?: string;
  equals?: string | number | boolean;
}

/** The registered terminals of an app. */
export class Terminals {
  constructor(private readonly transport: Transport) {}

  /** Register a terminal, or replace all that is known of it. */
  register(
    terminalId: string,
    body: types.TerminalBody,
    options: CallOptions = {},
  ): Promise<types.TerminalWithWarnings> {
    const where = path("/v1/terminals/{}", terminalId);
    return this.transport.send({ method: "PUT", path: where, json: body }, options);
  }

  /** Register up to 1,000 terminals; returns one result for each, in their order. */
  async registerMany(
    terminals: readonly TerminalOfBatch[],
    options: CallOptions = {},
  ): Promise<types.TerminalBatchResult[]> {
    const call: Call = { method: "POST", path: "/v1/terminals:batch", json: { terminals } };
    return (await this.transport.send<types.TerminalBatchResults>(call, options)).results;
  }

  /** Change some fields of a terminal; the others stay. */
  change(
    terminalId: string,
    changes: types.TerminalChangeBody,
    options: CallOptions = {},
  ): Promise<types.TerminalWithWarnings> {
    const where = path("/v1/terminals/{}", terminalId);
    return this.transport.send({ method: "PATCH", path: where, json: changes }, options);
  }

  /** Return a terminal without its push token. */
  get(terminalId: string, options: CallOptions = {}): Promise<types.Terminal> {
    return this.transport.send({ method: "GET", path: path("/v1/terminals/{}", terminalId) }, options);
  }

  /** Forget a terminal. Harmless where there is none. */
  async delete(terminalId: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/terminals/{}", terminalId) }, options);
  }

  /** Find the terminal with this push token or id. Throws NotFound. */
  find(
    by: { token: string; vendor?: types.Vendor } | { id: string },
    options: CallOptions = {},
  ): Promise<types.Terminal> {
    return this.transport.send({ method: "POST", path: "/v1/terminals:find", json: by }, options);
  }

  /** Yield the terminals that meet all conditions. */
  async *search(conditions: TerminalSearch, options: ListOptions = {}): AsyncGenerator<types.Terminal> {
    const query = { ...conditions, limit: options.pageSize ?? 100 };
    const call: Call = { method: "GET", path: "/v1/terminals", query };
    for await (const page of this.transport.pages<types.TerminalPage>(call, options)) yield* page.terminals;
  }

  /** Yield what the terminal was sent and what became of that, newest first. */
  async *messages(terminalId: string, options: ListOptions = {}): AsyncGenerator<types.HistoryEntry> {
    const query = { limit: options.pageSize ?? 50 };
    const call: Call = { method: "GET", path: path("/v1/terminals/{}/messages", terminalId), query };
    for await (const page of this.transport.pages<types.History>(call, options)) yield* page.messages;
  }

  /** Tell what is wrong with a terminal and what to do. `askVendor` has its vendor asked. */
  diagnose(
    terminalId: string,
    options: CallOptions & { askVendor?: boolean } = {},
  ): Promise<types.Diagnosis> {
    const method = options.askVendor ? "POST" : "GET";
    const where = path("/v1/terminals/{}/diagnosis", terminalId);
    return this.transport.send({ method, path: where, repeatable: !options.askVendor }, options);
  }

  /** Yield all terminals with their push tokens, in bounded memory. An export that is cut goes on at its last
   * mark, so that no terminal is missing at the end. */
  exportAll(options: CallOptions = {}): AsyncGenerator<types.TerminalLine> {
    return exportTerminals(this.transport, options);
  }

  /** Register terminals of any number: from a file, or one by one. With a `name` the import is resumed: after
   * an error send the same terminals again under the same name, and those that are done are passed over. The
   * call is not repeated by itself; `problem.progress` of an ApiError tells how far it came. */
  importAll(source: Source, options: ImportOptions = {}): Promise<types.Import> {
    return importTerminals(this.transport, source, options);
  }

  /** Return how far an import with this name is. */
  importProgress(name: string, options: CallOptions = {}): Promise<types.ImportRecord> {
    return this.transport.send({ method: "GET", path: path("/v1/imports/{}", name) }, options);
  }

  /** Count the terminals without a sign of life for so many days. */
  countSilent(days: number, options: CallOptions = {}): Promise<types.SilentTerminals> {
    return this.transport.send(
      { method: "POST", path: "/v1/terminals:forget-silent", json: { days } },
      options,
    );
  }

  /** Remove these terminals in the background. Throws Conflict where there are more than `atMost`, or half of
   * all without `evenMost`. */
  forgetSilent(
    days: number,
    options: CallOptions & { atMost: number; evenMost?: boolean },
  ): Promise<types.SilentTerminals> {
    const json = { days, at_most: options.atMost, even_most: options.evenMost ?? false };
    return this.transport.send({ method: "POST", path: "/v1/terminals:forget-silent", json }, options);
  }

  /** Return how far the last removal of silent terminals is. */
  silentRemoval(options: CallOptions = {}): Promise<types.LastRemoval> {
    return this.transport.send({ method: "GET", path: "/v1/terminals:forget-silent" }, options);
  }

  /** Stop the removal of silent terminals. */
  stopSilentRemoval(options: CallOptions = {}): Promise<types.LastRemoval> {
    return this.transport.send({ method: "DELETE", path: "/v1/terminals:forget-silent" }, options);
  }
}
