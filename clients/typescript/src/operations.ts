/** The state of Pushgate, and the callback key. */
import type { CallOptions } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** What operators and monitoring ask for. */
export class Operations {
  constructor(private readonly transport: Transport) {}

  /** Return problems with their remedies, queues and, for an operator, all processes. */
  status(options: CallOptions = {}): Promise<types.SystemStatus> {
    return this.transport.send({ method: "GET", path: "/status" }, options);
  }

  /** Return what happened to the app's terminals today and in the last hour. `timezone` is the IANA name of the
   * time zone in which today begins; unset = UTC. */
  activity(options: CallOptions & { timezone?: string } = {}): Promise<types.ActivityReport> {
    const query = { timezone: options.timezone };
    return this.transport.send({ method: "GET", path: "/v1/activity", query }, options);
  }

  /** Return how much of its vendors' daily quotas the app has used today. */
  quotas(options: CallOptions = {}): Promise<types.QuotaReport> {
    return this.transport.send({ method: "GET", path: "/v1/quotas" }, options);
  }

  /** Return at once where the process is alive. */
  health(options: CallOptions = {}): Promise<types.Health> {
    return this.transport.send({ method: "GET", path: "/healthz" }, options);
  }

  /** Tell whether a message would be stored now, and the state of each engine. */
  readiness(options: CallOptions = {}): Promise<types.Readiness> {
    return this.transport.send({ method: "GET", path: "/readyz", answers: [503] }, options);
  }

  /** Return the metrics of the process that answers, in Prometheus' text form. */
  metrics(options: CallOptions = {}): Promise<string> {
    return this.transport.text({ method: "GET", path: "/metrics" }, options);
  }

  /** Return the metrics that all processes share, in Prometheus' text form. */
  fleetMetrics(options: CallOptions = {}): Promise<string> {
    return this.transport.text({ method: "GET", path: "/metrics/fleet" }, options);
  }

  /** Return the keys that verify callback tokens and receipt URLs, without secrets. */
  callbackKey(options: CallOptions = {}): Promise<types.CallbackKeyList> {
    return this.transport.send({ method: "GET", path: "/v1/callback-key" }, options);
  }

  /** Make a new callback key. The keys before hold for `overlap`, such as `12h` or `30d`. */
  rotateCallbackKey(options: CallOptions & { overlap?: string } = {}): Promise<types.CallbackKeyList> {
    const json = { overlap: options.overlap };
    const where = "/v1/callback-key:rotate";
    return this.transport.send({ method: "POST", path: where, json, repeatable: false }, options);
  }
}
