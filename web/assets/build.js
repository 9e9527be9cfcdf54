// Bundles the scripts and styles into ../dist, with a hash in each file's name,
// and lists them in ../dist/manifest.json for the Go side (assets.go).
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { build } from "esbuild";

const dist = join(import.meta.dirname, "../dist");
for (const name of await readdir(dist)) {
  if (name !== ".gitkeep") await rm(join(dist, name), { recursive: true });
}

const result = await build({
  entryPoints: ["src/board.ts", "src/resident.ts", "src/alerts.ts", "src/alert.ts", "src/reminders.ts", "src/assess.ts", "src/contact.ts", "src/access.ts", "src/worker/sw.ts", "src/style.css", "src/icon.svg", "src/icon.png"],
  outdir: join(dist, "assets"),
  entryNames: "[name]-[hash]",
  bundle: true,
  format: "esm",
  target: ["es2022", "safari16", "chrome107", "firefox110"],
  loader: { ".svg": "copy", ".png": "copy" },
  minify: true,
  banner: { js: "/*! with uPlot, Copyright (c) Leon Sorokin, MIT licensed */" },
  metafile: true,
});

const manifest = {};
for (const [file, output] of Object.entries(result.metafile.outputs)) {
  if (!output.entryPoint) continue;
  const name = basename(output.entryPoint).replace(/\.ts$/, ".js");
  manifest[name] = basename(file);
}
await mkdir(dist, { recursive: true });
await writeFile(join(dist, "manifest.json"), JSON.stringify(manifest, null, 2) + "\n");
