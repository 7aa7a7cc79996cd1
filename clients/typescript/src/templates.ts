/** Stored templates. */
import { type Call, type CallOptions, type ListOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** The stored templates of an app. A message names one by its `template`. */
export class Templates {
  constructor(private readonly transport: Transport) {}

  /** Store a version. Content equal to that of the latest version makes no new one. */
  put(
    name: string,
    template: types.TemplateBody,
    options: CallOptions = {},
  ): Promise<types.TemplateWithWarnings> {
    const where = path("/v1/templates/{}", name);
    return this.transport.send({ method: "PUT", path: where, json: template }, options);
  }

  /** Return a version, the latest unless one is named, and which versions there are. */
  get(name: string, options: CallOptions & { version?: number } = {}): Promise<types.Template> {
    const query = { version: options.version };
    return this.transport.send({ method: "GET", path: path("/v1/templates/{}", name), query }, options);
  }

  /** Yield the templates without their contents, in the order of their names. */
  async *list(options: ListOptions = {}): AsyncGenerator<types.TemplateRow> {
    const call: Call = { method: "GET", path: "/v1/templates", query: { limit: options.pageSize ?? 100 } };
    for await (const page of this.transport.pages<types.TemplatePage>(call, options)) yield* page.templates;
  }

  /** Return what each vendor would receive of a version, or of a content that is not stored yet. */
  preview(
    name: string,
    preview: types.TemplatePreviewBody = {},
    options: CallOptions = {},
  ): Promise<types.TemplatePreview> {
    const where = path("/v1/templates/{}:preview", name);
    return this.transport.send({ method: "POST", path: where, json: preview }, options);
  }

  /** Delete a template. Messages that name it are sent all the same. */
  async delete(name: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/templates/{}", name) }, options);
  }
}
