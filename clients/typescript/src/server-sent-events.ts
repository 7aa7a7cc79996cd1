/** Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html). No network. */

/** An event, or a new place alone where it has no data. */
export interface ServerSentEvent {
  readonly id: string | undefined;
  readonly data: string | undefined;
}

/** Yield the events of a stream. An event that is cut is left out, and so are comments. */
export async function* toEvents(lines: AsyncIterable<string>): AsyncGenerator<ServerSentEvent> {
  let id: string | undefined;
  let data: string[] = [];
  for await (const written of lines) {
    const line = written.replace(/\r$/, "");
    if (!line) {
      if (id !== undefined || data.length) yield { id, data: data.length ? data.join("\n") : undefined };
      id = undefined;
      data = [];
      continue;
    }
    const [, field = "", value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
    if (field === "id") id = value;
    if (field === "data") data.push(value);
  }
}
