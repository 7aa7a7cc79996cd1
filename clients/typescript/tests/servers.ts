/** Servers that answer as a test says. */
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { type ClientOptions, Pushgate } from "pushgate-client";

/** A client of a server that lasts as long as the test. */
export async function serve(
  t: TestContext,
  listener: RequestListener,
  options: ClientOptions = {},
): Promise<Pushgate> {
  const server = createServer(listener);
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return new Pushgate({ url: `http://127.0.0.1:${port}`, key: "k", ...options });
}

/** An address where nobody listens. */
export async function unusedUrl(): Promise<string> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}
