// The one bundle step: `node static/build.mjs` makes what the browser and the server's V8 load.
// static/dist/<name>.js from every static/js/<name>.js: ESM with stable names; Django's manifest storage hashes them
// ({% static 'dist/dashboard.js' %}). What they share or import late goes to static/dist/chunks/<name>-<HASH>.js, whose
// names hold esbuild's content hash, so Django must neither rename nor rewrite them; WhiteNoise marks them immutable by
// WHITENOISE_IMMUTABLE_FILE_TEST = r"\.[0-9a-f]{12}\.|/dist/chunks/.+-[A-Z0-9]{8}\.js$". manifest.json: what to preload.
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { parseTokens } from "./js/lib/tokens.js";
import { advances } from "./js/lib/truetype.js";
import { shapes } from "./shapes.mjs";

const HERE = dirname(fileURLToPath(import.meta.url));
const MODULES = join(HERE, "..", "node_modules");
const FONTS = join(MODULES, "@expo-google-fonts/inter");
const WEB_FONTS = join(MODULES, "@fontsource-variable/inter/files");
const SUBSETS = {
  latin: "U+0000-00FF, U+0131, U+0152-0153, U+02BB-02BC, U+02C6, U+02DA, U+02DC, U+2000-206F, U+20AC, U+2122, U+2191, U+2193, U+2212, U+2215, U+FEFF, U+FFFD",
  "latin-ext": "U+0100-0130, U+0132-0151, U+0154-02BA, U+1E00-1E9F, U+1EF2-1EFF, U+20A0-20AB, U+20AD-20C0, U+2C60-2C7F, U+A720-A7FF",
  greek: "U+0370-0377, U+037A-037F, U+0384-038A, U+038C, U+038E-03A1, U+03A3-03FF",
  cyrillic: "U+0301, U+0400-045F, U+0490-0491, U+04B0-04B1, U+2116",
};
const COPIES = {
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  "gridstack.min.css": "gridstack/dist/gridstack.min.css",
  "gridstack-all.js": "gridstack/dist/gridstack-all.js",
  "Inter-Regular.ttf": "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  "Inter-SemiBold.ttf": "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
  "licenses/codemirror.txt": "@codemirror/view/LICENSE",
  "licenses/countries-list.txt": "countries-list/LICENSE",
  "licenses/d3-geo.txt": "d3-geo/LICENSE",
  "licenses/d3-hierarchy.txt": "d3-hierarchy/LICENSE",
  "licenses/d3-sankey.txt": "d3-sankey/LICENSE",
  "licenses/d3-shape.txt": "d3-shape/LICENSE",
  "licenses/echarts.txt": "echarts/LICENSE",
  "licenses/echarts-notice.txt": "echarts/NOTICE",
  "licenses/gridstack.txt": "gridstack/LICENSE",
  "licenses/htmx.txt": "htmx.org/LICENSE",
  "licenses/i18n-iso-countries.txt": "i18n-iso-countries/LICENSE",
  "licenses/d3.txt": "d3/LICENSE",
  "licenses/vega.txt": "vega/LICENSE",
  "licenses/vega-lite.txt": "vega-lite/LICENSE",
  "licenses/markdown-it.txt": "markdown-it/LICENSE",
  "licenses/inter.txt": "@expo-google-fonts/inter/LICENSE_FONT",
  "licenses/topojson-client.txt": "topojson-client/LICENSE",
  "licenses/us-atlas.txt": "us-atlas/LICENSE",
  "licenses/world-atlas.txt": "world-atlas/LICENSE",
};
// V8 alone has no URL; the schema validator makes one of its own address when it is loaded, and reads only its href
const BARE_URL = "globalThis.URL ??= class { constructor(href) { this.href = String(href); } };";
const COMMON = {
  bundle: true, minify: true, write: false, metafile: true, legalComments: "none", target: "es2022",
  charset: "utf8", logLevel: "warning", define: { "process.env.NODE_ENV": '"production"' },
  // one copy of the library, in its side-effect-free form, whichever way a file names it
  mainFields: ["module", "main"], conditions: ["module", "import"], absWorkingDir: join(HERE, ".."),
};

/** Makes a folder hold exactly `files` (Map path -> bytes); an unchanged file keeps its time stamp. */
async function sync(folder, files) {
  await mkdir(folder, { recursive: true });
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !files.has(relative(folder, path).replaceAll("\\", "/"))) await rm(path);
  }
  for (const [name, bytes] of files) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    const now = Buffer.from(bytes);
    if (!existsSync(path) || !now.equals(await readFile(path))) await writeFile(path, now);
  }
}

/** Colours, glyph widths and maps as modules, so that no colour is written twice and V8 can lay out text. */
async function generated() {
  const tokens = parseTokens(await readFile(join(HERE, "css/tokens.css"), "utf8"));
  const widths = {};
  for (const [weight, path] of [[400, "400Regular/Inter_400Regular.ttf"], [600, "600SemiBold/Inter_600SemiBold.ttf"]]) {
    widths[weight] = advances(await readFile(join(FONTS, path)));
  }
  const head = "// Made by static/build.mjs; not committed.\n";
  return new Map([
    ["tokens.js", `${head}export default ${JSON.stringify(tokens, null, 1)};\n`],
    ["widths.js", `${head}export default ${JSON.stringify(widths)};\n`],
    ...(await shapes(MODULES)),
  ]);
}

/** What others made, as files: scripts, styles and the one font. */
async function vendor() {
  const files = new Map();
  for (const [name, path] of Object.entries(COPIES)) {
    const bytes = await readFile(join(MODULES, path));
    // a source map named but not shipped breaks `collectstatic`
    const isText = /\.(js|css)$/.test(name);
    files.set(name, isText ? bytes.toString().replace(/\n?(\/\/|\/\*)# sourceMappingURL=.*$/m, "") : bytes);
  }
  let css = "";
  for (const [subset, range] of Object.entries(SUBSETS)) {
    files.set(`inter-${subset}.woff2`, await readFile(join(WEB_FONTS, `inter-${subset}-wght-normal.woff2`)));
    css += `@font-face { font-family: "Inter Variable"; font-style: normal; font-weight: 100 900; font-display: swap;\n`
      + `  src: url("inter-${subset}.woff2") format("woff2"); unicode-range: ${range}; }\n`;
  }
  return files.set("inter.css", css);
}

/** The chunks that a script pulls in at once, itself excepted: what a page should preload with it. */
function closure(outputs, path, seen = new Set()) {
  for (const { path: next, kind } of outputs[path].imports) {
    if (kind === "import-statement" && !seen.has(next)) closure(outputs, next, seen.add(next));
  }
  return seen;
}

/** {"entries": {"dashboard.js": [chunk, ...]}, "kinds": {"line": [chunk, ...]}}; paths below dist/. */
function manifest(outputs) {
  const short = (path) => path.replace("static/dist/", "");
  const made = { entries: {}, kinds: {} };
  for (const path of Object.keys(outputs).sort()) {
    const source = outputs[path].entryPoint ?? "";
    const kind = source.match(/^static\/js\/charts\/(?:parts|kinds)\/([a-z_]+)\.js$/)?.[1];
    if (source === "static/js/charts/canvas.js") continue; // comes with every kind that has parts, below
    const needs = [...closure(outputs, path)].map(short);
    if (/^static\/js\/[^/]+\.js$/.test(source)) made.entries[short(path)] = needs.sort();
    else if (kind) made.kinds[kind] = [...new Set([...(made.kinds[kind] ?? []), short(path), ...needs])].sort();
  }
  const canvas = Object.keys(outputs).find((path) => outputs[path].entryPoint === "static/js/charts/canvas.js");
  for (const path of Object.keys(outputs)) {
    const kind = outputs[path].entryPoint?.match(/^static\/js\/charts\/parts\/([a-z_]+)\.js$/)?.[1];
    if (kind) made.kinds[kind] = [...new Set([...made.kinds[kind], short(canvas), ...[...closure(outputs, canvas)].map(short)])].sort();
  }
  return made;
}

async function bundles() {
  const names = (await readdir(join(HERE, "js"))).filter((name) => name.endsWith(".js")).sort();
  const [pages, server, frames] = await Promise.all([
    build({
      ...COMMON, entryPoints: names.map((name) => `static/js/${name}`), outdir: "static/dist", outbase: "static/js",
      format: "esm", splitting: true, entryNames: "[name]", chunkNames: "chunks/[name]-[hash]",
    }),
    build({ ...COMMON, entryPoints: ["static/js/charts/server.js"], outfile: "static/dist/server.js", format: "iife", banner: { js: BARE_URL } }),
    // for the sandboxed frames of custom kinds: plain scripts, since an opaque origin may load no modules
    build({ ...COMMON, entryPoints: ["runtime", "d3", "vega"].map((name) => `static/js/frame/${name}.js`), outdir: "static/dist/frame", format: "iife" }),
  ]);
  const files = new Map();
  for (const { path, contents } of [...pages.outputFiles, ...server.outputFiles, ...frames.outputFiles]) {
    files.set(relative(join(HERE, "dist"), path).replaceAll("\\", "/"), contents);
  }
  return files.set("manifest.json", JSON.stringify(manifest(pages.metafile.outputs), null, 1));
}

const started = performance.now();
await sync(join(HERE, "js/generated"), await generated());
await sync(join(HERE, "vendor"), await vendor());
const made = await bundles();
await sync(join(HERE, "dist"), made);
console.log(`static: ${made.size} files in ${Math.round(performance.now() - started)} ms`);
