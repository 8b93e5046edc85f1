// Fails when the first load of a page is too heavy: the entry with all it imports, and the largest page with all it
// imports. Sizes are gzip level 9.
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const limits = { js: 150_000, css: 20_000 };
const assets = join(dirname(fileURLToPath(import.meta.url)), "..", "dist", "assets");
const names = readdirSync(assets).filter((name) => /\.(js|css)$/.test(name));
const size = new Map(
  names.map((name) => [name, gzipSync(readFileSync(join(assets, name)), { level: 9 }).length]),
);
const text = new Map(names.map((name) => [name, readFileSync(join(assets, name), "utf8")]));

/** The file and everything it imports when it is loaded. */
function closure(start, seen = new Set()) {
  if (!size.has(start) || seen.has(start)) return seen;
  seen.add(start);
  for (const match of text.get(start).matchAll(/(?:from|import)\s*["'`]\.\/([\w.-]+\.js)["'`]/g))
    closure(match[1], seen);
  return seen;
}
const sum = (files) => [...files].reduce((total, name) => total + size.get(name), 0);

const entry = names.find((name) => name.startsWith("index-") && name.endsWith(".js"));
const first = closure(entry);
const pages = names
  .filter((name) => name.startsWith("page-") && name.endsWith(".js"))
  .map((name) => ({ name, bytes: sum(closure(name, new Set(first))) }))
  .sort((a, b) => b.bytes - a.bytes);
const js = Math.max(sum(first), pages[0]?.bytes ?? 0);
const css = sum(names.filter((name) => name.endsWith(".css")));

console.log(`entry ${sum(first)} bytes gzip`);
for (const page of pages) console.log(`${page.name} ${page.bytes} bytes gzip, entry included`);
console.log(`first load at most: js ${js} of ${limits.js}, css ${css} of ${limits.css} bytes gzip`);
if (js >= limits.js || css >= limits.css) {
  console.error("too heavy: load a part of the page later, or drop a dependency");
  process.exit(1);
}
