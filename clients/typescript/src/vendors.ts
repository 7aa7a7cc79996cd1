/** The vendors that an app pushes through, while Pushgate runs. */
import { type Call, type CallOptions, type ListOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** How a vendor's section is set. */
export interface SectionOptions extends CallOptions {
  /** Whether the credentials are tried first; unset = yes. */
  check?: boolean;
  /** How long the credentials before stay beside the new ones, such as `1h`. */
  keepPrevious?: string;
}

/** The vendors of apps. */
export class Vendors {
  constructor(private readonly transport: Transport) {}

  /** Set a vendor's section of an app. */
  put(
    app: string,
    vendor: types.Vendor,
    section: types.VendorSectionBody,
    options: SectionOptions = {},
  ): Promise<types.AppVendorView> {
    return this.write("PUT", path("/v1/apps/{}/vendors/{}", app, vendor), section, options);
  }

  /** Change some settings of an app's vendor. */
  change(
    app: string,
    vendor: types.Vendor,
    changes: types.VendorSectionBody,
    options: SectionOptions = {},
  ): Promise<types.AppVendorView> {
    return this.write("PATCH", path("/v1/apps/{}/vendors/{}", app, vendor), changes, options);
  }

  /** Return an app's section of a vendor, without secrets. */
  get(app: string, vendor: types.Vendor, options: CallOptions = {}): Promise<types.AppVendorView> {
    return this.transport.send({ method: "GET", path: path("/v1/apps/{}/vendors/{}", app, vendor) }, options);
  }

  /** Return all vendor sections of an app. */
  async list(app: string, options: CallOptions = {}): Promise<types.AppVendorView[]> {
    const call: Call = { method: "GET", path: path("/v1/apps/{}/vendors", app) };
    return (await this.transport.send<types.AppVendorPage>(call, options)).vendors;
  }

  /** Delete an app's section of a vendor. */
  async delete(app: string, vendor: types.Vendor, options: CallOptions = {}): Promise<void> {
    await this.transport.send(
      { method: "DELETE", path: path("/v1/apps/{}/vendors/{}", app, vendor) },
      options,
    );
  }

  /** Stop sending through a vendor. Pushes wait until their time to live is over. */
  pause(app: string, vendor: types.Vendor, options: CallOptions = {}): Promise<types.PausedVendor> {
    const where = path("/v1/apps/{}/vendors/{}/pause", app, vendor);
    return this.transport.send({ method: "POST", path: where }, options);
  }

  /** Go on with a paused vendor. */
  resume(app: string, vendor: types.Vendor, options: CallOptions = {}): Promise<types.PausedVendor> {
    const where = path("/v1/apps/{}/vendors/{}/resume", app, vendor);
    return this.transport.send({ method: "POST", path: where }, options);
  }

  /** Close the circuit breakers of a vendor at once. */
  resetBreaker(app: string, vendor: types.Vendor, options: CallOptions = {}): Promise<types.ClosedBreakers> {
    const where = path("/v1/apps/{}/vendors/{}/reset-breaker", app, vendor);
    return this.transport.send({ method: "POST", path: where }, options);
  }

  /** Yield terminals with tokens that the vendor calls dead, too many to be believed. */
  async *heldRemovals(
    app: string,
    vendor: types.Vendor,
    options: ListOptions = {},
  ): AsyncGenerator<types.HeldTerminal> {
    const where = path("/v1/apps/{}/vendors/{}/held-removals", app, vendor);
    const call: Call = { method: "GET", path: where, query: { limit: options.pageSize ?? 100 } };
    for await (const page of this.transport.pages<types.HeldRemovalPage>(call, options))
      yield* page.terminals;
  }

  /** Remove the terminals of held removals. */
  confirmHeldRemovals(
    app: string,
    vendor: types.Vendor,
    options: CallOptions = {},
  ): Promise<types.ConfirmedRemoval> {
    const where = path("/v1/apps/{}/vendors/{}/held-removals/confirm", app, vendor);
    // Others may be held by the time of a second attempt.
    return this.transport.send({ method: "POST", path: where, repeatable: false }, options);
  }

  /** Keep the terminals of held removals. */
  dismissHeldRemovals(
    app: string,
    vendor: types.Vendor,
    options: CallOptions = {},
  ): Promise<types.DismissedRemovals> {
    const where = path("/v1/apps/{}/vendors/{}/held-removals/dismiss", app, vendor);
    return this.transport.send({ method: "POST", path: where }, options);
  }

  private write(
    method: "PUT" | "PATCH",
    where: string,
    json: types.VendorSectionBody,
    options: SectionOptions,
  ): Promise<types.AppVendorView> {
    const query = { check: options.check ?? true, keep_previous: options.keepPrevious };
    return this.transport.send({ method, path: where, json, query }, options);
  }
}
