// Calls with the types that openapi-typescript made: `node calls.js ADDRESS KEY`. Prints what came of them as JSON.
declare const process: { argv: string[] };
import createClient from "openapi-fetch";
import type { components, paths } from "./schema.js";

const [, , baseUrl = "", key = ""] = process.argv;
const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${key}` } });

const terminal: components["schemas"]["TerminalBody"] = { vendor: "apns", token: "1f".repeat(32) };
const registered = await client.PUT("/v1/terminals/{terminal_id}", {
  params: { path: { terminal_id: "ts-1" } },
  body: terminal,
});
const created = await client.POST("/v1/messages", {
  params: { header: { "Idempotency-Key": "generated-typescript" } },
  body: {
    content: { en: { title: "Sale", body: "Today only" } },
    audience: { terminals: ["ts-1"] },
    options: { ttl: 60, apns: { sound: "ding.caf" } },
  },
});
if (!created.data) throw new Error(JSON.stringify(created.error));
const message_id: string = created.data.id;
const path = { message_id };
const message = await client.GET("/v1/messages/{message_id}", { params: { path } });
const results = await client.GET("/v1/messages/{message_id}/results", { params: { path } });
const page = await client.GET("/v1/messages", { params: { query: { limit: 1 } } });
const missing = await client.GET("/v1/messages/{message_id}", {
  params: { path: { message_id: "0".repeat(30) } },
});

console.log(
  JSON.stringify({
    terminal: registered.data?.id,
    vendor: registered.data?.vendor,
    id: message_id,
    warnings: created.data.warnings.length,
    status: message.data?.status,
    sound: message.data?.options?.apns?.sound,
    targeted: results.data?.targeted,
    listed: page.data?.messages.map((listed) => listed.id),
    problem: missing.error?.code,
  }),
);
