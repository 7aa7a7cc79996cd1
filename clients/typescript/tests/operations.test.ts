/** Every operation of the API has a method, whose request is as the OpenAPI document says. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Pushgate } from "pushgate-client";
import { CALLS, finish } from "./calls.js";

interface Operation {
  operationId: string;
  parameters?: { in: string; name: string }[];
  requestBody?: { content: Record<string, unknown> };
}

type Described = Operation & { method: string; path: string };

/** Lists are read to their end, and the form is that of the body. */
const BY_THE_CLIENT = new Set(["cursor", "format"]);
const LISTS = [
  "messages",
  "terminals",
  "audiences",
  "drafts",
  "templates",
  "schedules",
  "runs",
  "apps",
  "keys",
  "vendors",
  "webhooks",
  "results",
];
const document = JSON.parse(readFileSync(process.env["OPENAPI_DOCUMENT"] ?? "", "utf8")) as {
  paths: Record<string, Record<string, Operation>>;
};
const OPERATIONS: Record<string, Described> = Object.fromEntries(
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, one]) => [
      one.operationId,
      { ...one, method: method.toUpperCase(), path },
    ]),
  ),
);

/** A client whose calls are recorded, and answered in the form of a last page. */
function recording(requests: Request[]): Pushgate {
  const page = {
    ...Object.fromEntries(LISTS.map((name) => [name, []])),
    next_cursor: null,
    export: { complete: true },
  };
  return new Pushgate({
    url: "http://pushgate",
    key: "k",
    fetch: (input, init) => {
      requests.push(new Request(input, init));
      return Promise.resolve(new Response(`${JSON.stringify(page)}\n`));
    },
  });
}

test("every operation has a method", () => {
  assert.deepEqual(Object.keys(CALLS).sort(), Object.keys(OPERATIONS).sort());
});

for (const [name, call] of Object.entries(CALLS)) {
  test(`the request of ${name} is as the document says`, async () => {
    const described = OPERATIONS[name];
    assert(described);
    const requests: Request[] = [];
    await finish(call(recording(requests)));
    const [request] = requests;
    assert(request && requests.length === 1);
    assert.equal(request.method, described.method);
    const { pathname, searchParams } = new URL(request.url);
    assert.match(pathname, new RegExp(`^${described.path.replace(/\{\w+\}/g, "[^/]+")}$`));
    const taken = (place: string): string[] =>
      (described.parameters ?? []).filter((one) => one.in === place).map((one) => one.name);
    // An export goes on by itself.
    const ours = (one: string): boolean =>
      BY_THE_CLIENT.has(one) || (name === "export_terminals" && one === "after");
    const sent = new Set([...searchParams.keys()].filter((one) => !ours(one)));
    assert.deepEqual(sent, new Set(taken("query").filter((one) => !ours(one))));
    for (const header of ["Idempotency-Key", "If-Match"]) {
      assert.equal(request.headers.has(header), taken("header").includes(header), header);
    }
    const types = Object.keys(described.requestBody?.content ?? {});
    const type = request.headers.get("content-type");
    assert(types.length ? types.includes(type ?? "") : type === null, `${type} of ${types}`);
    await request.body?.cancel();
  });
}
