/** Bundles the extension with the notices its parts ask for; with `test`, the tests instead. */

import { build } from "esbuild";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename } from "node:path";

const common = { bundle: true, platform: "node", target: "node20", format: "cjs" };

async function buildExtension() {
  const { metafile } = await build({
    ...common,
    entryPoints: ["src/extension.ts"],
    outfile: "dist/extension.js",
    external: ["vscode"],
    minify: true,
    metafile: true,
  });
  writeFileSync("dist/notices.txt", notices(Object.keys(metafile.inputs)));
  copyFileSync("../LICENSE", "LICENSE");
}

/** The licence text of every package that went into the bundle. */
function notices(inputs) {
  const folders = inputs.map((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0]);
  const bundled = [...new Set(folders)].filter((folder) => folder !== undefined).toSorted();
  return bundled.map((folder) => `${basename(folder)}\n\n${licence(folder)}\n`).join("\n");
}

function licence(folder) {
  const name = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
  if (name === undefined) throw new Error(`${folder} is bundled and has no licence file`);
  return readFileSync(`${folder}/${name}`, "utf8");
}

function buildTests() {
  return build({
    ...common,
    entryPoints: readdirSync("test").map((name) => `test/${name}`),
    outdir: "dist/test",
    external: ["vscode-oniguruma", "vscode-textmate"],
  });
}

const tests = process.argv[2] === "test";
rmSync(tests ? "dist/test" : "dist", { recursive: true, force: true });
mkdirSync("dist", { recursive: true });
await (tests ? buildTests() : buildExtension());
