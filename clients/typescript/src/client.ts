/** The client: all calls by subject. */
import { Apps } from "./apps.js";
import { Audiences } from "./audiences.js";
import { Audit } from "./audit.js";
import { Devices } from "./devices.js";
import { Drafts } from "./drafts.js";
import { Events } from "./events.js";
import { Keys } from "./keys.js";
import { MarkedTerminals } from "./marked-terminals.js";
import { Messages } from "./messages.js";
import { Operations } from "./operations.js";
import { Reports } from "./reports.js";
import { Templates } from "./templates.js";
import { Schedules } from "./schedules.js";
import { Terminals } from "./terminals.js";
import { type ClientOptions, Transport } from "./transport.js";
import { Users } from "./users.js";
import { Vendors } from "./vendors.js";
import { WebhookSubscriptions } from "./webhook-subscriptions.js";

/** One Pushgate, with one API key. Throws ConfigurationError where no address is given or set. */
export class Pushgate {
  readonly messages: Messages;
  readonly drafts: Drafts;
  readonly templates: Templates;
  readonly schedules: Schedules;
  readonly audiences: Audiences;
  readonly terminals: Terminals;
  readonly markedTerminals: MarkedTerminals;
  readonly users: Users;
  readonly devices: Devices;
  readonly reports: Reports;
  readonly events: Events;
  readonly webhooks: WebhookSubscriptions;
  readonly apps: Apps;
  readonly vendors: Vendors;
  readonly keys: Keys;
  readonly audit: Audit;
  readonly operations: Operations;

  constructor(options: ClientOptions = {}) {
    const transport = new Transport(options);
    this.messages = new Messages(transport);
    this.drafts = new Drafts(transport);
    this.templates = new Templates(transport);
    this.schedules = new Schedules(transport);
    this.audiences = new Audiences(transport);
    this.terminals = new Terminals(transport);
    this.markedTerminals = new MarkedTerminals(transport);
    this.users = new Users(transport);
    this.devices = new Devices(transport);
    this.reports = new Reports(transport);
    this.events = new Events(transport);
    this.webhooks = new WebhookSubscriptions(transport);
    this.apps = new Apps(transport);
    this.vendors = new Vendors(transport);
    this.keys = new Keys(transport);
    this.audit = new Audit(transport);
    this.operations = new Operations(transport);
  }
}
