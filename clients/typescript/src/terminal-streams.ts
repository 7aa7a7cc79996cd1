/** Imports and exports of terminals, of any number. */
import type { Call, CallOptions } from "./calls.js";
import { ConnectionFailed } from "./errors.js";
import { contentType, type Form, type Source, toBody, toContent, toLines } from "./lines.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** How terminals are imported. */
export interface ImportOptions extends CallOptions {
  /** Under a name an import can be resumed. */
  name?: string;
  /** The form of a file whose type and name do not tell. */
  form?: Form;
}

interface Portion {
  terminals: types.TerminalLine[];
  /** Where an export goes on; undefined is the end. */
  after: string | undefined;
}

/** An import answers when its last lines are stored. */
const IMPORT_WAIT_MS = 300_000;

/** See `Terminals.importAll`. */
export async function importTerminals(
  transport: Transport,
  source: Source,
  options: ImportOptions,
): Promise<types.Import> {
  const call: Call = {
    method: "POST",
    path: "/v1/terminals:import",
    query: { import: options.name },
    headers: { "Content-Type": contentType(source, options.form) },
    waitMs: IMPORT_WAIT_MS,
  };
  const body = await toBody(source);
  let fault: { error: unknown } | undefined;
  const onFault = (error: unknown): void => void (fault = { error });
  try {
    return await transport.upload(call, options, (goesOn) => toContent(body, goesOn, onFault));
  } catch (error) {
    // Where the source failed, that is the error; the call only ended by it.
    throw fault ? fault.error : error;
  }
}

/** See `Terminals.exportAll`. */
export async function* exportTerminals(
  transport: Transport,
  options: CallOptions,
): AsyncGenerator<types.TerminalLine> {
  let after: string | undefined;
  let failed = 0;
  for (;;) {
    const call: Call = { method: "GET", path: "/v1/terminals:export", query: { format: "ndjson", after } };
    try {
      for await (const portion of portions(transport, call, options)) {
        after = portion.after;
        failed = 0;
        yield* portion.terminals;
        if (after === undefined) return;
      }
    } catch (error) {
      failed += 1;
      await transport.pause(call, error, failed, options.signal);
    }
  }
}

/** Yield the terminals up to each mark. Throws ConnectionFailed for an export that is cut. */
async function* portions(transport: Transport, call: Call, options: CallOptions): AsyncGenerator<Portion> {
  let terminals: types.TerminalLine[] = [];
  for await (const line of toLines(transport.chunks(call, options))) {
    if (!line.trim()) continue;
    const found = JSON.parse(line) as types.TerminalLine & {
      export?: { after?: string; complete?: boolean };
    };
    if (!found.export) {
      terminals.push(found);
      continue;
    }
    const { after, complete } = found.export;
    yield { terminals, after: complete ? undefined : after };
    if (complete) return;
    terminals = [];
  }
  throw new ConnectionFailed("the export was cut before its end", false);
}
