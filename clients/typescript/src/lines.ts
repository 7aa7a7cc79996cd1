/** Streams of terminals as lines: what an import sends, and what an export brings. No network. */
import { IS_NODE } from "./configuration.js";

/** Terminals to import: a file of CSV or NDJSON (in Node `await fs.openAsBlob(path)`), or one by one. */
export type Source = Blob | Iterable<object> | AsyncIterable<object>;

/** The form of a file. */
export type Form = "csv" | "ndjson";

const TYPES: Readonly<Record<Form, string>> = { csv: "text/csv", ndjson: "application/x-ndjson" };
const LINES_AT_ONCE = 500;

/** Return the media type of a source: by `form`, else by the file's type or name. Throws TypeError where none
 * of them tells. */
export function contentType(source: Source, form: Form | undefined): string {
  if (!(source instanceof Blob)) return TYPES.ndjson;
  const named = "name" in source ? String(source.name).toLowerCase() : "";
  const found =
    form ??
    (["csv", "ndjson"] as const).find(
      (one) => source.type.startsWith(TYPES[one]) || named.endsWith(`.${one}`),
    );
  if (!found) throw new TypeError("neither the file's type nor its name tells its form: give form");
  return TYPES[found];
}

/** Return the body of an import. In Node it is sent in constant memory; browsers send a file as it is, and
 * terminals one by one are collected first. */
export async function toBody(source: Source): Promise<Blob | AsyncIterator<Uint8Array>> {
  if (source instanceof Blob) return IS_NODE ? pieces(source) : source;
  const parts = encoded(source);
  if (IS_NODE) return parts;
  const collected: BlobPart[] = [];
  for await (const part of parts) collected.push(part as BlobPart);
  return new Blob(collected);
}

/** Return the body of a request. `goesOn` is asked at each part; `onFault` is given an error of the source. */
export function toContent(
  body: Blob | AsyncIterator<Uint8Array>,
  goesOn: () => boolean,
  onFault: (error: unknown) => void,
): BodyInit {
  if (body instanceof Blob) return body;
  const next = async (): Promise<IteratorResult<Uint8Array>> => {
    try {
      return await body.next();
    } catch (error) {
      onFault(error);
      throw error;
    }
  };
  const stop = async (): Promise<void> => void (await body.return?.());
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const part = await next();
        if (!goesOn()) {
          await stop();
          controller.error(new Error("the request is over"));
        } else if (part.done) controller.close();
        else controller.enqueue(part.value);
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
}

async function* pieces(file: Blob): AsyncGenerator<Uint8Array> {
  const reader = file.stream().getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}

async function* encoded(source: Iterable<object> | AsyncIterable<object>): AsyncGenerator<Uint8Array> {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  for await (const line of source) {
    waiting.push(`${JSON.stringify(line)}\n`);
    if (waiting.length === LINES_AT_ONCE) {
      yield encoder.encode(waiting.join(""));
      waiting = [];
    }
  }
  if (waiting.length) yield encoder.encode(waiting.join(""));
}

/** Yield the lines of a stream, split at line feeds alone: values may hold other ends of lines. A rest without
 * its end is left out. */
export async function* toLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of chunks) {
    const found = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = found.pop() ?? "";
    yield* found;
  }
}
