/** Apps, while Pushgate runs. Their vendors are in `vendors`. */
import { type Call, type CallOptions, type ListOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** The apps. */
export class Apps {
  constructor(private readonly transport: Transport) {}

  /** Create an app, or replace its settings. */
  put(app: string, settings: types.AppSettingsBody, options: CallOptions = {}): Promise<types.AppView> {
    return this.transport.send({ method: "PUT", path: path("/v1/apps/{}", app), json: settings }, options);
  }

  /** Change some settings of an app. */
  change(app: string, changes: types.ChangedAppSettings, options: CallOptions = {}): Promise<types.AppView> {
    return this.transport.send({ method: "PATCH", path: path("/v1/apps/{}", app), json: changes }, options);
  }

  /** Return an app and its vendors, without secrets. */
  get(app: string, options: CallOptions = {}): Promise<types.AppView> {
    return this.transport.send({ method: "GET", path: path("/v1/apps/{}", app) }, options);
  }

  /** Yield the apps, by name. */
  async *list(options: ListOptions = {}): AsyncGenerator<types.AppView> {
    const call: Call = { method: "GET", path: "/v1/apps", query: { limit: options.pageSize ?? 100 } };
    for await (const page of this.transport.pages<types.AppPage>(call, options)) yield* page.apps;
  }

  /** Delete an app with all that is kept of it. The data goes in the background. */
  delete(app: string, options: CallOptions = {}): Promise<types.AppView> {
    const query = { confirm: app };
    return this.transport.send({ method: "DELETE", path: path("/v1/apps/{}", app), query }, options);
  }

  /** Stop the dispatching and sending of all that the app sends. */
  pause(app: string, options: CallOptions = {}): Promise<types.PausedApp> {
    return this.transport.send({ method: "POST", path: path("/v1/apps/{}/pause", app) }, options);
  }

  /** Go on with a paused app. */
  resume(app: string, options: CallOptions = {}): Promise<types.PausedApp> {
    return this.transport.send({ method: "POST", path: path("/v1/apps/{}/resume", app) }, options);
  }
}
