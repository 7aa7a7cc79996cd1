/**
 * Service worker of a web app that receives pushes from Pushgate: shows them, opens what a click asks for, reports
 * both, removes what the user clicked on another device, and keeps the registration in step with the browser's
 * subscription. A worker of your own begins with
 * `import "./pushgate-worker.js"`. Pushes of other senders are left alone.
 */
// @ts-check
import { update } from "./registration.js";
import { report, sendReports } from "./reports.js";
import { exclusively, installation, stored } from "./storage.js";

const worker = /** @type {ServiceWorkerGlobalScope} */ (/** @type {unknown} */ (self));
const SYNC_TAG = "pushgate-reports";
const MAX_SHOWN = 50;

/**
 * @typedef {{ pushgate: string, url?: string, [name: string]: string | undefined }} PushData
 * @typedef {NotificationOptions & { title?: string, app_badge?: number, data: PushData }} Push
 * @typedef {{ data?: { pushgate_remove?: unknown, pushgate_message?: unknown } }} Removal
 */

/**
 * Show a push, and report that it came. A push that comes twice replaces itself without a sound.
 * @param {Push} push
 */
async function show({ title, app_badge, ...options }) {
  const isNew = await note(options.data.pushgate);
  const again = isNew ? {} : { silent: true, renotify: false };
  await worker.registration.showNotification(title ?? "", { ...options, ...again });
  if (app_badge !== undefined) await navigator.setAppBadge?.(app_badge).catch(() => undefined);
  if (!isNew) return;
  await tellPages("received", options.data);
  await reportPush("received", options.data.pushgate);
}

/**
 * Remove the notification of a message with this tag, if it is still there: the user clicked on another device. By now
 * another message with the same collapse key may be shown, and stays. Browsers tolerate few pushes that show no
 * notification, and this is one of them.
 * @param {string} tag
 * @param {unknown} message the message's id, which an older Pushgate does not send
 */
async function remove(tag, message) {
  for (const shown of await worker.registration.getNotifications({ tag })) {
    const of = messageOf(shown.data?.pushgate);
    if (of === message || !of || typeof message !== "string") shown.close();
  }
}

/**
 * The id of the message that a callback token is of: `<app>.<message>.<signature>`.
 * @param {unknown} token
 */
function messageOf(token) {
  return typeof token === "string" ? token.split(".")[1] : undefined;
}

/**
 * Note that a push was shown; returns whether it is new.
 * @param {string} token
 */
function note(token) {
  return exclusively("shown", async () => {
    /** @type {string[]} */
    const shown = (await stored("state", (store) => store.get("shown"))) ?? [];
    if (shown.includes(token)) return false;
    await stored("state", (store) => store.put([...shown, token].slice(-MAX_SHOWN), "shown"));
    return true;
  });
}

/**
 * Report a push. Where that fails the browser is asked to wake this worker once there is a connection.
 * @param {"received" | "click"} kind
 * @param {string} token
 */
async function reportPush(kind, token) {
  if (await report(kind, token)) return;
  const { sync } = /** @type {{ sync?: { register(tag: string): Promise<void> } }} */ (worker.registration);
  await sync?.register(SYNC_TAG).catch(() => undefined);
}

/**
 * Tell open pages, which may show it in their own way.
 * @param {"received" | "click"} kind
 * @param {PushData} data
 * @param {string} [action] the button of the notification, "" for the notification itself
 */
async function tellPages(kind, data, action = "") {
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  for (const page of pages) page.postMessage({ pushgate: kind, data, action });
}

/**
 * Open what a click asks for: a page that is open already comes to the front.
 * @param {string | undefined} url
 */
async function openPage(url) {
  const target = toTarget(url, new URL(worker.registration.scope));
  const pages = await worker.clients.matchAll({ type: "window", includeUncontrolled: true });
  const page = pages.find((one) => one.url === target.href);
  await (page ? page.focus() : worker.clients.openWindow(target.href));
}

/**
 * Return the page that a click opens. A deep link of the phone's app means nothing to a browser: that is the start.
 * @param {string | undefined} url
 * @param {URL} start
 */
function toTarget(url, start) {
  try {
    const target = new URL(url ?? "", start);
    return ["http:", "https:"].includes(target.protocol) ? target : start;
  } catch {
    return start;
  }
}

/** @param {PushSubscription | null | undefined} renewed */
async function followSubscription(renewed) {
  const found = await installation();
  if (!found) return;
  const options = { userVisibleOnly: true, applicationServerKey: found.key };
  const subscription = renewed ?? (await worker.registration.pushManager.subscribe(options));
  await update({ wanted: { ...found.wanted, token: JSON.stringify(subscription) } });
}

worker.addEventListener("push", (event) => {
  /** @type {(Push & Removal) | undefined} */
  let push;
  try {
    push = event.data?.json();
  } catch {
    // Another sender's.
  }
  if (typeof push?.data?.pushgate === "string") event.waitUntil(show(push));
  else if (typeof push?.data?.pushgate_remove === "string") {
    event.waitUntil(remove(push.data.pushgate_remove, push.data.pushgate_message));
  }
});

worker.addEventListener("notificationclick", (event) => {
  /** @type {PushData | undefined} */
  const data = event.notification.data;
  if (typeof data?.pushgate !== "string") return;
  event.notification.close();
  // A browser opens a page only soon after the click: the report does not hold it up.
  const done = [
    openPage(data.url),
    tellPages("click", data, event.action),
    reportPush("click", data.pushgate),
  ];
  event.waitUntil(Promise.allSettled(done));
});

// The browser renewed or lost its subscription, perhaps while no page is open.
worker.addEventListener("pushsubscriptionchange", (event) => {
  event.waitUntil(followSubscription(event.newSubscription));
});

worker.addEventListener("sync", (received) => {
  const event = /** @type {ExtendableEvent & { tag: string }} */ (received);
  const sent = async () => {
    // An event that fails comes again.
    if (!(await sendReports())) throw new Error("Pushgate is out of reach");
  };
  if (event.tag === SYNC_TAG) event.waitUntil(sent());
});
