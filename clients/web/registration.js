/** The registration of this installation at Pushgate, by `/v1/devices`. */
// @ts-check
import { exclusively, installation, keep, stored } from "./storage.js";

/** @typedef {import("./storage.js").Installation} Installation */
/** @typedef {import("./storage.js").Device} Device */

/** Pushgate refused a call, or the browser cannot do something. `code` says what, for programs. */
export class PushgateError extends Error {
  /**
   * @param {string} message
   * @param {string} code
   * @param {number} [status] of the answer, 0 where it was the browser
   */
  constructor(message, code, status = 0) {
    super(message);
    this.name = "PushgateError";
    this.code = code;
    this.status = status;
  }
}

/**
 * Register with a registration token, or the app's public id. The device secret is kept, and proves who this is
 * from then on.
 * @param {Pick<Installation, "gateway" | "key" | "publicId" | "wanted">} wish
 * @param {string} token
 * @returns {Promise<string>} the terminal's id
 */
export const register = (wish, token) => exclusively("registration", () => put(wish, token));

/**
 * @param {Pick<Installation, "gateway" | "key" | "publicId" | "wanted">} wish
 * @param {string} token
 */
async function put(wish, token) {
  /** @type {Installation} */
  const found = {
    terminal: crypto.randomUUID(),
    secret: null,
    registered: "",
    ...(await installation()),
    ...wish,
  };
  // Kept before the call: an answer that is lost is asked for again under the same id.
  await keep(found);
  const ask = () =>
    call(found, "PUT", token, { ...found.wanted, ...(found.secret && { device_secret: found.secret }) });
  let response = await ask();
  if (response.status === 409) {
    // The id is somebody else's by now, or its secret is lost: begin as a new installation.
    Object.assign(found, { terminal: crypto.randomUUID(), secret: null });
    await keep(found);
    response = await ask();
  }
  if (!response.ok) throw await toError(response);
  const { device_secret } = await response.json();
  await keep({ ...found, secret: device_secret, registered: JSON.stringify(found.wanted) });
  return found.terminal;
}

/**
 * Tell Pushgate what changed.
 * @param {Partial<Installation> & { wanted: Device }} changes
 * @returns {Promise<"registered" | "needs token" | "unregistered">}
 */
export const update = (changes) =>
  exclusively("registration", async () => {
    const before = await installation();
    if (!before) return "unregistered";
    const found = { ...before, ...changes };
    // Kept before the call: what fails now is done with the next update.
    await keep(found);
    if (found.secret) {
      const wanted = JSON.stringify(found.wanted);
      if (wanted === found.registered) return "registered";
      const response = await call(found, "PATCH", found.secret, found.wanted);
      if (response.ok) {
        await keep({ ...found, registered: wanted });
        return "registered";
      }
      if (response.status !== 401) throw await toError(response);
      await keep({ ...found, secret: null });
    }
    if (!found.publicId) return "needs token";
    await put(found, found.publicId);
    return "registered";
  });

/** Log the user out: pushes to the user no longer reach this browser. Everything else stays. */
export const signOut = () =>
  exclusively("registration", async () => {
    const found = await installation();
    if (!found?.secret) return;
    const response = await call(found, "PATCH", found.secret, { user: null });
    if (!response.ok && response.status !== 401) throw await toError(response);
  });

/** Forget this installation, at Pushgate and here. */
export const forget = () =>
  exclusively("registration", async () => {
    const found = await installation();
    if (found?.secret) {
      const response = await call(found, "DELETE", found.secret);
      if (!response.ok && response.status !== 401) throw await toError(response);
    }
    await stored("state", (store) => store.delete("installation"));
    await stored("reports", (store) => store.clear());
  });

/**
 * @param {Installation} found
 * @param {"PUT" | "PATCH" | "DELETE"} method
 * @param {string} credential
 * @param {object} [body]
 */
function call(found, method, credential, body) {
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${credential}` };
  if (body) headers["Content-Type"] = "application/json";
  const url = `${found.gateway}/v1/devices/${encodeURIComponent(found.terminal)}`;
  return fetch(url, { method, headers, body: body ? JSON.stringify(body) : null, credentials: "omit" });
}

/** @param {Response} response */
async function toError(response) {
  /** @type {{ code?: string, detail?: string }} */
  const problem = await response.json().catch(() => ({}));
  const { code = "", detail = `Pushgate answered ${response.status}` } = problem;
  return new PushgateError(detail, code, response.status);
}
