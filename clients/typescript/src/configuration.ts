/** The address of Pushgate and the headers of every call, from arguments or the environment. */
import { ConfigurationError } from "./errors.js";
import { VERSION } from "./version.js";

interface NodeProcess {
  env: Record<string, string | undefined>;
  versions?: { node?: string };
}

const PROCESS = (globalThis as { process?: NodeProcess }).process;

/** Whether this is Node or a like of it, not a browser: bodies may be streams, any header may be set. */
export const IS_NODE = Boolean(PROCESS?.versions?.node);

/** Return the address without a slash at its end, from PUSHGATE_URL where it is not given. The error does not
 * repeat the address: it may hold a password. */
export function toAddress(url: string | undefined): string {
  const found = url || PROCESS?.env?.["PUSHGATE_URL"] || "";
  if (!found) throw new ConfigurationError("no address: give `url`, or set PUSHGATE_URL");
  if (!/^https?:\/\//.test(found) || !URL.canParse(found)) {
    throw new ConfigurationError("the address must be such as https://push.example.com");
  }
  if (new URL(found).username || new URL(found).password) {
    throw new ConfigurationError("the address must not hold a user name or a password: give the API key");
  }
  if (/[?#]/.test(found)) throw new ConfigurationError("the address must end before its first ? or #");
  return found.replace(/\/+$/, "");
}

/** Return the headers with the API key, from PUSHGATE_KEY where it is not given; "" sends none. */
export function toHeaders(key: string | undefined): Record<string, string> {
  const found = (key ?? PROCESS?.env?.["PUSHGATE_KEY"] ?? "").trim();
  // The error does not repeat the key.
  if (!/^[\x20-\x7e]*$/.test(found))
    throw new ConfigurationError("the API key has characters that no key has");
  // In browsers the header would need a permission of the API.
  const headers: Record<string, string> = IS_NODE ? { "User-Agent": `pushgate-client-js/${VERSION}` } : {};
  if (found) headers["Authorization"] = `Bearer ${found}`;
  return headers;
}
