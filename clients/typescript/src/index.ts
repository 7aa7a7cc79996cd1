/** Client of Pushgate. */
export type { AuditFilter } from "./audit.js";
export type { CallOptions, CreateOptions, ListOptions } from "./calls.js";
export { Pushgate } from "./client.js";
export {
  ApiError,
  ConfigurationError,
  Conflict,
  ConnectionFailed,
  Forbidden,
  InvalidRequest,
  InvalidSignature,
  NotFound,
  PushgateError,
  RateLimited,
  Unauthorized,
  Unavailable,
} from "./errors.js";
export type { InvalidField } from "./errors.js";
export { EventStream } from "./events.js";
export type { EventOptions } from "./events.js";
export type { Form, Source } from "./lines.js";
export type { MessageSearch } from "./messages.js";
export type { ReportOptions } from "./reports.js";
export type { ImportOptions } from "./terminal-streams.js";
export type { TerminalOfBatch, TerminalSearch } from "./terminals.js";
export type { ClientOptions } from "./transport.js";
export type * from "./types.js";
export type { SectionOptions } from "./vendors.js";
export { VERSION } from "./version.js";
export { TOLERANCE_SECONDS, verify } from "./webhooks.js";
export type { RequestHeaders, WebhookDelivery } from "./webhooks.js";
