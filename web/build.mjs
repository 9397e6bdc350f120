// Builds dist/: the script and the style sheet of pages, the script's hash for their content security policy, and the
// licences of what is bundled. `--check` says whether dist/ is what would be built.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = dirname(fileURLToPath(import.meta.url));

async function bundled(entry) {
  const result = await build({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    minify: true,
    write: false,
    format: "iife",
    target: ["chrome100", "firefox100", "safari15"],
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  return result.outputFiles[0].text.trimEnd() + "\n";
}

const packages = Object.keys(JSON.parse(readFileSync(join(root, "package.json"), "utf8")).dependencies);
const licences = packages
  .map((name) => {
    const folder = join(root, "node_modules", name);
    const { version, homepage } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const text = readFileSync(join(folder, "LICENSE"), "utf8").trim();
    return `${name} ${version} (${homepage})\n\n${text}\n`;
  })
  .join("\n\n");

const script = await bundled("src/page.js");
if (/<\/script|<!--/i.test(script)) throw new Error("the script would end the element that holds it");
const files = {
  "page.js": script,
  "page.css": await bundled("src/page.css"),
  "page.js.sha256": `sha256-${createHash("sha256").update(script).digest("base64")}`,
  "licences.txt": licences,
};

const check = process.argv.includes("--check");
mkdirSync(join(root, "dist"), { recursive: true });
let stale = false;
for (const [name, text] of Object.entries(files)) {
  const path = join(root, "dist", name);
  if (check) {
    let before = "";
    try {
      before = readFileSync(path, "utf8");
    } catch {}
    if (before === text) continue;
    console.error(`web/dist/${name} is stale: run \`npm ci && npm run build\` in web/`);
    stale = true;
  } else {
    writeFileSync(path, text);
    console.log(`dist/${name}: ${text.length} bytes`);
  }
}
process.exit(stale ? 1 : 0);
