// `make diagrams`: renders each fence of Mermaid in the documents to an SVG, named by a digest of the fence.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { renderMermaidSVG } from "beautiful-mermaid";

const here = import.meta.dirname;
const folder = join(here, "diagrams");
const fence = /^ *```mermaid\n([\s\S]*?)^ *```/gm;
const documents = (path) =>
  readdirSync(path, { withFileTypes: true }).flatMap((entry) =>
    entry.name.startsWith(".") || entry.name === "node_modules" ? []
      : entry.isDirectory() ? documents(join(path, entry.name))
      : entry.name.endsWith(".md") ? [join(path, entry.name)] : []);

rmSync(folder, { recursive: true, force: true });
mkdirSync(folder);
let count = 0;
for (const document of documents(join(here, ".."))) {
  for (const [, source] of readFileSync(document, "utf8").matchAll(fence)) {
    const drawn = source.replace(/^\s*acc(Title|Descr):.*\n/gm, "");
    const name = createHash("sha256").update(source.trim()).digest("hex").slice(0, 16);
    const svg = renderMermaidSVG(drawn, { transparent: true, padding: 16 })
      .replace(/<style>[\s\S]*?<\/style>\n?/, "") // the stylesheet of the guide has the colours
      .replace(/ style="--[^"]*"/, "")
      .replaceAll("arrowhead", `arrowhead-${name.slice(0, 6)}`);
    writeFileSync(join(folder, `${name}.svg`), svg + "\n");
    count += 1;
  }
}
console.log(`${count} diagrams in docs/site/diagrams`);
