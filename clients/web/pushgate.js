/** Web Push in a page: subscribe, keep in step, sign out. The service worker is pushgate-worker.js beside this file. */
// @ts-check
import { forget, PushgateError, register, signOut, update } from "./registration.js";
import { sendReports } from "./reports.js";
import { installation } from "./storage.js";

export { PushgateError };

/**
 * Whether pushes reach this browser: `subscribed`; `unsubscribed`, call `subscribe` from a click; `denied`, the user
 * refused, and only the browser's settings change that; `unsupported`.
 * @typedef {"subscribed" | "unsubscribed" | "denied" | "unsupported"} State
 *
 * Settings. Of `getToken` and `publicId` exactly one is given.
 * @typedef {object} Settings
 * @property {string} gateway where Pushgate is, such as `https://push.example`
 * @property {string} applicationServerKey the public VAPID key, which `pushgate vapid` prints
 * @property {() => Promise<string>} [getToken] asks your backend for a registration token of the user
 * @property {string} [publicId] the app's public id, where devices register without a user
 * @property {string | URL} [worker] the address of the service worker
 * @property {string} [appVersion]
 */

const NO_PUSH_SERVICE = /^https:\/\/[^/]*\.invalid(:\d+)?\//;

/** Web Push for one web app. */
export class Pushgate {
  #settings;

  /** @param {Settings} settings */
  constructor(settings) {
    if (!settings.getToken === !settings.publicId) throw new TypeError("give either getToken or publicId");
    const worker = settings.worker ?? new URL("./pushgate-worker.js", import.meta.url);
    this.#settings = { ...settings, gateway: settings.gateway.replace(/\/+$/, ""), worker };
  }

  /** Whether this browser can receive pushes. On iOS only web apps on the home screen can. */
  static get isSupported() {
    return "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
  }

  /**
   * Ask for the permission, subscribe, and register. Call it from a click, and again when a user signs in.
   * @returns {Promise<State>}
   */
  async subscribe() {
    if (!Pushgate.isSupported) return "unsupported";
    // First of all: browsers ask soon after a click alone.
    const permission = await Notification.requestPermission();
    if (permission !== "granted") return permission === "denied" ? "denied" : "unsubscribed";
    await this.#register(await this.#wanted());
    return "subscribed";
  }

  /**
   * Keep in step: call it at each start of the page. Renews a subscription that was lost or made with another VAPID
   * key, tells Pushgate what changed, forgets this browser where the permission was withdrawn, and sends reports
   * that wait. Asks the user nothing.
   * @returns {Promise<State>}
   */
  async refresh() {
    if (!Pushgate.isSupported) return "unsupported";
    const { permission } = Notification;
    const isRegistered = Boolean(await installation());
    if (permission === "granted" && isRegistered) {
      const { gateway, applicationServerKey: key, publicId = null } = this.#settings;
      const wanted = await this.#wanted();
      if ((await update({ gateway, key, publicId, wanted })) === "needs token") await this.#register(wanted);
      await sendReports();
      return "subscribed";
    }
    if (isRegistered) await forget();
    return permission === "denied" ? "denied" : "unsubscribed";
  }

  /** Log the user out. The browser stays registered, without a user; `subscribe` registers the next one. */
  signOut() {
    return signOut();
  }

  /** Receive no more pushes: the subscription ends, and Pushgate forgets this browser. */
  async unsubscribe() {
    await forget();
    const subscription = await (await this.#worker()).pushManager.getSubscription();
    await subscription?.unsubscribe();
  }

  /**
   * Be told of pushes that come and are clicked while the page is open; returns what ends that.
   * @param {(kind: "received" | "click", data: Record<string, string>, action: string) => void} listener
   * @returns {() => void}
   */
  onPush(listener) {
    const listen = (/** @type {MessageEvent} */ { data }) => {
      if (["received", "click"].includes(data?.pushgate)) listener(data.pushgate, data.data, data.action);
    };
    navigator.serviceWorker.addEventListener("message", listen);
    navigator.serviceWorker.startMessages();
    return () => navigator.serviceWorker.removeEventListener("message", listen);
  }

  /** @param {import("./storage.js").Device} wanted */
  async #register(wanted) {
    const { gateway, applicationServerKey: key, publicId = null, getToken } = this.#settings;
    const token = publicId ?? (await getToken?.()) ?? "";
    return register({ gateway, key, publicId, wanted }, token);
  }

  /** @returns {Promise<import("./storage.js").Device>} */
  async #wanted() {
    const subscription = await this.#subscription(await this.#worker());
    return {
      vendor: "webpush",
      token: JSON.stringify(subscription),
      language: document.documentElement.lang || navigator.language || null,
      timezone: Intl.DateTimeFormat().resolvedOptions().timeZone || null,
      app_version: this.#settings.appVersion ?? null,
    };
  }

  async #worker() {
    const registration = await navigator.serviceWorker.register(this.#settings.worker, { type: "module" });
    const starting = registration.installing ?? registration.waiting;
    // Browsers subscribe for a worker that is active.
    while (starting && !registration.active && starting.state !== "redundant") {
      await new Promise((resolve) => starting.addEventListener("statechange", resolve, { once: true }));
    }
    return registration;
  }

  /**
   * Return the subscription with our key. One that exists is returned again.
   * @param {ServiceWorkerRegistration} registration
   */
  async #subscription({ pushManager }) {
    const applicationServerKey = toBytes(this.#settings.applicationServerKey);
    const subscribe = () => pushManager.subscribe({ userVisibleOnly: true, applicationServerKey });
    const subscription = await subscribe().catch(async (error) => {
      if (error.name !== "InvalidStateError") throw error;
      // It was made with another key, so that nobody can push to it.
      await (await pushManager.getSubscription())?.unsubscribe();
      return subscribe();
    });
    if (NO_PUSH_SERVICE.test(subscription.endpoint)) {
      await subscription.unsubscribe();
      throw new PushgateError("this browser has no push service; try again later", "no_push_service");
    }
    return subscription;
  }
}

/** @param {string} text base64url */
function toBytes(text) {
  return Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (one) => one.charCodeAt(0));
}
