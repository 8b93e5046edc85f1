// Writes a .gz and a .br beside each built file that gains from it, so that the binary serves them without work.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = join(dirname(fileURLToPath(import.meta.url)), "..", "dist");

for (const name of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
  if (!/\.(js|css|html|svg|json)$/.test(name)) continue;
  const path = join(dist, name);
  const bytes = readFileSync(path);
  const gz = gzipSync(bytes, { level: 9 });
  if (gz.length >= bytes.length * 0.95) continue;
  writeFileSync(`${path}.gz`, gz);
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 11 };
  writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params: quality }));
}
// The folder is embedded into the binary, and has to exist in a checkout that was never built.
writeFileSync(join(dist, ".gitkeep"), "");
