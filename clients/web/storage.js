/**
 * What is kept in the browser: this installation, and reports that wait. IndexedDB lasts as long as the site's data,
 * and pages share it with the service worker.
 */
// @ts-check

/**
 * This installation.
 * @typedef {object} Installation
 * @property {string} gateway where Pushgate is
 * @property {string} terminal the id under which it is registered
 * @property {string | null} secret the device secret; null: register anew
 * @property {string} key the applicationServerKey of the subscription
 * @property {string | null} publicId the app's public id, where devices register without a user
 * @property {Device} wanted what Pushgate is to know
 * @property {string} registered what Pushgate knows, as JSON
 *
 * What a registration says of this installation; the token is the subscription as JSON.
 * @typedef {{ vendor: "webpush", token: string, language: string | null, timezone: string | null,
 *   app_version: string | null }} Device
 */

/** @type {Promise<IDBDatabase> | undefined} */
let opened;

function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("pushgate", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("state");
      request.result.createObjectStore("reports", { autoIncrement: true });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}

/**
 * Work on one store in one transaction; returns the result of the request that `work` returns.
 * @template T
 * @param {"state" | "reports"} name
 * @param {(store: IDBObjectStore) => IDBRequest<T>} work
 * @returns {Promise<T>}
 */
export async function stored(name, work) {
  const transaction = (await database()).transaction(name, "readwrite");
  const request = work(transaction.objectStore(name));
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve(request.result);
    transaction.onabort = () => reject(transaction.error);
  });
}

/**
 * Return this installation, undefined where it was never registered.
 * @returns {Promise<Installation | undefined>}
 */
export const installation = () => stored("state", (store) => store.get("installation"));

/** @param {Installation} found */
export const keep = (found) => stored("state", (store) => store.put(found, "installation"));

/**
 * Do something while no page and no worker of this site does the same: two changes of the registration at once
 * would lose a device secret, and reports would go out twice.
 * @template T
 * @param {"registration" | "reports" | "shown"} subject
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export const exclusively = async (subject, work) => navigator.locks.request(`pushgate-${subject}`, work);
