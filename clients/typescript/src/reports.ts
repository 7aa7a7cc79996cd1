/** Reports of client apps and vendors. */
import { bearer, type CallOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** Whose report it is. */
export interface ReportOptions extends CallOptions {
  /** The secret of the device, which proves the report. */
  secret?: string;
}

/** What client apps and vendors report, for a backend that passes reports on. */
export class Reports {
  constructor(private readonly transport: Transport) {}

  /** Report that messages arrived, up to 1,000 at once. */
  received(reports: readonly types.ReceiptBody[], options: ReportOptions = {}): Promise<void> {
    return this.report("/v1/callbacks/received", reports, options);
  }

  /** Report that messages were clicked, up to 1,000 at once. */
  clicked(reports: readonly types.ReceiptBody[], options: ReportOptions = {}): Promise<void> {
    return this.report("/v1/callbacks/click", reports, options);
  }

  /** Pass on what a vendor posted to the receipt URL of an app, as it came. */
  receipts(
    to: { vendor: types.Vendor; app: string; secret: string },
    body: BodyInit,
    options: CallOptions & { contentType: string },
  ): Promise<Record<string, unknown>> {
    const where = path("/v1/receipts/{}/{}/{}", to.vendor, to.app, to.secret);
    const headers = { "Content-Type": options.contentType };
    return this.transport.send({ method: "POST", path: where, content: body, headers }, options);
  }

  private async report(
    where: string,
    reports: readonly types.ReceiptBody[],
    options: ReportOptions,
  ): Promise<void> {
    const headers = bearer(options.secret);
    await this.transport.send({ method: "POST", path: where, json: reports, headers }, options);
  }
}
