// Takes the place of the browser's push service, which no test can reach: subscriptions are those of the sandbox's
// browsers, kept by the test's site.
const toText = (key) =>
  typeof key === "string"
    ? key
    : btoa(String.fromCharCode(...new Uint8Array(key)))
        .replace(/\+/g, "-")
        .replace(/\//g, "_")
        .replace(/=+$/, "");

async function ask(method, key = "") {
  const response = await fetch(`/push-service?key=${key}`, { method });
  if (response.status === 409) throw new DOMException("another key", "InvalidStateError");
  const text = await response.text();
  if (!text) return null;
  const found = JSON.parse(text);
  return { ...found, toJSON: () => found, unsubscribe: async () => (await ask("DELETE"), true) };
}

PushManager.prototype.subscribe = ({ applicationServerKey }) => ask("POST", toText(applicationServerKey));
PushManager.prototype.getSubscription = () => ask("GET");
