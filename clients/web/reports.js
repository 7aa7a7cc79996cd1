/** Reports of received and clicked pushes, which wait in the browser until Pushgate takes them. */
// @ts-check
import { exclusively, installation, stored } from "./storage.js";

/** @typedef {import("./storage.js").Installation} Installation */
/** @typedef {"received" | "click"} Kind the last part of the call's path */
/** @typedef {{ kind: Kind, token: string, terminal: string, at: number }} Report */

const MAX_REPORTS = 500;
const MAX_AGE_MS = 7 * 24 * 3600 * 1000;
const MAX_REPORTS_AT_ONCE = 100;
/** Statuses after which a report is sent again. */
const PASSING = [408, 425, 429, 500, 502, 503, 504];

/**
 * Report a push. It is kept first: a report that cannot be sent now goes out with a later one.
 * @param {Kind} kind
 * @param {string} token the callback token of the push
 * @returns {Promise<boolean>} whether no report waits
 */
export async function report(kind, token) {
  const found = await installation();
  if (!found) return true;
  /** @type {Report} */
  const one = { kind, token, terminal: found.terminal, at: Date.now() };
  await stored("reports", (store) => store.add(one));
  return sendReports();
}

/**
 * Send the reports that wait; returns whether none waits on.
 * @returns {Promise<boolean>}
 */
export const sendReports = () =>
  exclusively("reports", async () => {
    const found = await installation();
    const waiting = found ? await listed() : [];
    for (const kind of /** @type {const} */ (["received", "click"])) {
      const ofKind = waiting.filter((one) => one.kind === kind);
      for (let start = 0; start < ofKind.length; start += MAX_REPORTS_AT_ONCE) {
        const batch = ofKind.slice(start, start + MAX_REPORTS_AT_ONCE);
        if (!(await isDone(/** @type {Installation} */ (found), kind, batch))) return false;
        await drop(batch);
      }
    }
    return true;
  });

/** Return the reports that wait. Those that are too many or too old are dropped. */
async function listed() {
  const keys = await stored("reports", (store) => store.getAllKeys());
  /** @type {Report[]} */
  const reports = await stored("reports", (store) => store.getAll());
  const all = reports.map((one, index) => ({ ...one, key: keys[index] }));
  const kept = all.slice(-MAX_REPORTS).filter((one) => one.at > Date.now() - MAX_AGE_MS);
  await drop(all.filter((one) => !kept.includes(one)));
  return kept;
}

/**
 * Whether these reports need not be sent again: they are taken, or refused for good.
 * @param {Installation} found
 * @param {Kind} kind
 * @param {Report[]} reports
 */
async function isDone(found, kind, reports) {
  const body = JSON.stringify(reports.map(({ token, terminal }) => ({ token, terminal })));
  const post = (/** @type {string | null} */ secret) =>
    fetch(`${found.gateway}/v1/callbacks/${kind}`, {
      method: "POST",
      headers: { "Content-Type": "application/json", ...(secret && { Authorization: `Bearer ${secret}` }) },
      body,
      credentials: "omit",
      keepalive: true,
    });
  try {
    let response = await post(found.secret);
    // A secret that holds no longer proves nothing; most apps take reports without one.
    if (response.status === 401 && found.secret) response = await post(null);
    return !PASSING.includes(response.status);
  } catch {
    return false; // no connection
  }
}

/** @param {{ key: IDBValidKey | undefined }[]} reports */
async function drop(reports) {
  for (const { key } of reports) {
    if (key !== undefined) await stored("reports", (store) => store.delete(key));
  }
}
