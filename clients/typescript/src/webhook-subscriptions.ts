/** Webhooks: have events posted to an address. */
import { type Call, type CallOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** The webhooks of an app. `verify` checks what they deliver. */
export class WebhookSubscriptions {
  constructor(private readonly transport: Transport) {}

  /** Create a webhook. Its secret is in this answer alone: the call is not repeated. */
  create(body: types.WebhookBody, options: CallOptions = {}): Promise<types.WebhookWithSecret> {
    const call: Call = { method: "POST", path: "/v1/webhooks", json: body, repeatable: false };
    return this.transport.send(call, options);
  }

  /** Return the webhooks, the oldest first. */
  async list(options: CallOptions = {}): Promise<types.Webhook[]> {
    const call: Call = { method: "GET", path: "/v1/webhooks" };
    return (await this.transport.send<types.WebhookList>(call, options)).webhooks;
  }

  /** Return a webhook without its secret. */
  get(webhookId: string, options: CallOptions = {}): Promise<types.Webhook> {
    return this.transport.send({ method: "GET", path: path("/v1/webhooks/{}", webhookId) }, options);
  }

  /** Change some fields of a webhook. */
  change(webhookId: string, changes: types.WebhookChange, options: CallOptions = {}): Promise<types.Webhook> {
    const where = path("/v1/webhooks/{}", webhookId);
    return this.transport.send({ method: "PATCH", path: where, json: changes }, options);
  }

  /** Delete a webhook, its secret and the log of its deliveries. */
  async delete(webhookId: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/webhooks/{}", webhookId) }, options);
  }

  /** Return the last 100 attempts to deliver, the newest first. */
  async deliveries(webhookId: string, options: CallOptions = {}): Promise<types.DeliveryAttempt[]> {
    const call: Call = { method: "GET", path: path("/v1/webhooks/{}/deliveries", webhookId) };
    return (await this.transport.send<types.DeliveryList>(call, options)).deliveries;
  }

  /** Post an event of the type `webhook.test` now, and return what the receiver said. */
  test(webhookId: string, options: CallOptions = {}): Promise<types.WebhookTest> {
    const where = path("/v1/webhooks/{}:test", webhookId);
    return this.transport.send({ method: "POST", path: where, repeatable: false }, options);
  }

  /** Deliver events once more, from an event's id, a cursor of events or a time on. */
  replay(webhookId: string, from: string | Date, options: CallOptions = {}): Promise<types.Replay> {
    const where = path("/v1/webhooks/{}:replay", webhookId);
    return this.transport.send({ method: "POST", path: where, json: { from } }, options);
  }

  /** Give a webhook another secret. The old one signs, too, for `overlap`, such as `24h`. */
  rotateSecret(
    webhookId: string,
    options: CallOptions & { overlap?: string } = {},
  ): Promise<types.WebhookWithSecret> {
    const where = path("/v1/webhooks/{}:rotate-secret", webhookId);
    const json = { overlap: options.overlap };
    return this.transport.send({ method: "POST", path: where, json, repeatable: false }, options);
  }

  /** Deliver nothing until the webhook is resumed. */
  pause(webhookId: string, options: CallOptions = {}): Promise<types.Webhook> {
    return this.transport.send({ method: "POST", path: path("/v1/webhooks/{}:pause", webhookId) }, options);
  }

  /** Go on with the delivery that was next. */
  resume(webhookId: string, options: CallOptions = {}): Promise<types.Webhook> {
    return this.transport.send({ method: "POST", path: path("/v1/webhooks/{}:resume", webhookId) }, options);
  }
}
