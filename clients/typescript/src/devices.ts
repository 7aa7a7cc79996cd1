/** Devices that register themselves. */
import { bearer, type CallOptions, path } from "./calls.js";
import type { Transport } from "./transport.js";
import type * as types from "./types.js";

/** Registration tokens for client apps, keys with which a backend signs its own, and the calls of devices. */
export class Devices {
  constructor(private readonly transport: Transport) {}

  /** Create a token with which one client app registers its own terminal. */
  createToken(
    body: types.RegistrationTokenBody = {},
    options: CallOptions = {},
  ): Promise<types.RegistrationToken> {
    return this.transport.send({ method: "POST", path: "/v1/registration-tokens", json: body }, options);
  }

  /** Return the keys that verify tokens of the backend, without secrets. */
  keys(options: CallOptions = {}): Promise<types.RegistrationKeys> {
    return this.transport.send({ method: "GET", path: "/v1/registration-keys" }, options);
  }

  /** Register a key with which the backend signs registration tokens. */
  addKey(body: types.RegistrationKeyBody, options: CallOptions = {}): Promise<types.RegistrationKey> {
    const where = "/v1/registration-keys";
    return this.transport.send({ method: "POST", path: where, json: body, repeatable: false }, options);
  }

  /** Delete such a key. */
  async deleteKey(keyId: string, options: CallOptions = {}): Promise<void> {
    await this.transport.send({ method: "DELETE", path: path("/v1/registration-keys/{}", keyId) }, options);
  }

  /** Register a terminal as its device does, with a registration token, or the app's public id. */
  register(
    terminalId: string,
    body: types.DeviceBody,
    options: CallOptions & { token: string },
  ): Promise<types.RegisteredDevice> {
    const headers = bearer(options.token);
    return this.transport.send(
      { method: "PUT", path: path("/v1/devices/{}", terminalId), json: body, headers },
      options,
    );
  }

  /** Change a terminal as its device does, with the device secret. */
  change(
    terminalId: string,
    changes: types.DeviceChangeBody,
    options: CallOptions & { secret: string },
  ): Promise<types.Device> {
    const headers = bearer(options.secret);
    return this.transport.send(
      { method: "PATCH", path: path("/v1/devices/{}", terminalId), json: changes, headers },
      options,
    );
  }

  /** Delete a terminal as its device does, with the device secret. */
  async delete(terminalId: string, options: CallOptions & { secret: string }): Promise<void> {
    const headers = bearer(options.secret);
    await this.transport.send(
      { method: "DELETE", path: path("/v1/devices/{}", terminalId), headers },
      options,
    );
  }
}
