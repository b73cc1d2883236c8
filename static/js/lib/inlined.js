// Makes the engine's SVG fit for everywhere: style attributes (which a strict content policy blocks) become presentation
// attributes, the `font` shorthand (which WeasyPrint drops) is written out, and ids are unique to the picture, so that
// several can stand in one page.

import { clean, px } from "./markup.js";

const KEPT = /^(fill|stroke|opacity|font|text|dominant|letter|paint|visibility|display|shape|mix)/;

// Where the letters stand, as a share of their size, from the em box of the font as a canvas sees it. Every reader of SVG has
// another idea of dominant-baseline; all agree on dy, and it puts text where the canvas does.
const BASELINES = { central: 0.301, middle: 0.301, "text-before-edge": 0.801, hanging: 0.801, "text-after-edge": -0.199, alphabetic: 0 };

/** "font:600 12px Inter;fill:red" -> {"font-weight": "600", ...}. */
export function declarations(style) {
  const found = {};
  for (const part of style.split(";")) {
    const at = part.indexOf(":");
    const [name, value] = [part.slice(0, at).trim().toLowerCase(), part.slice(at + 1).trim()];
    if (at < 0 || !value || !KEPT.test(name)) continue;
    if (name === "font") Object.assign(found, fontParts(value));
    else found[name] = value;
  }
  return found;
}

function fontParts(value) {
  const [, before = "", size = "12px", family = ""] = /^(.*?)\b(\d+(?:\.\d+)?px)(?:\/\S+)?\s+(.*)$/.exec(value) ?? [];
  const words = before.trim().split(/\s+/).filter((word) => word && word !== "normal");
  const weight = words.find((word) => /^(bold|bolder|lighter|[1-9]00)$/.test(word));
  const style = words.find((word) => /^(italic|oblique)$/.test(word));
  return { "font-size": size, "font-family": family, ...(weight ? { "font-weight": weight } : {}), ...(style ? { "font-style": style } : {}) };
}

// the engine escapes quotes in attributes; a family list needs none
const attribute = (value) => value.replaceAll('"', "").replaceAll("&quot;", "");

// FNV-1a over the picture itself: the same picture has the same ids, another has others
function digest(text) {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value.toString(36);
}

/** The engine's document with its outer element replaced by what `wrap` makes of the inside. */
export function inlined(document, wrap) {
  const inner = document.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/<style\b[\s\S]*?<\/style>/g, "")
    .replace(/\bzr\d+-/g, "zr-"); // the engine counts its charts; equal pictures must be equal
  const withPrefix = (prefix) => inner.replace(/<([a-zA-Z]+)((?:\s+[\w:-]+="[^"]*")*)\s*(\/?)>/g, (whole, name, attributes, end) => `<${name}${rewritten(attributes, prefix)}${end}>`);
  return clean(wrap(withPrefix(`s${digest(withPrefix("s"))}`)));
}

function rewritten(attributes, prefix) {
  const found = new Map();
  for (const [, name, value] of attributes.matchAll(/([\w:-]+)="([^"]*)"/g)) {
    if (name === "style") for (const [key, text] of Object.entries(declarations(value.replaceAll("&quot;", "")))) found.set(key, attribute(text));
    else if (name === "id") found.set(name, `${prefix}-${value}`);
    else if (name === "class" || name.startsWith("ecmeta") || name === "cursor" || name === "pointer-events") continue;
    else found.set(name, value.replace(/url\(#/g, `url(#${prefix}-`).replace(/^#/, name.endsWith("href") ? `#${prefix}-` : "#"));
  }
  const drop = BASELINES[found.get("dominant-baseline")];
  if (drop !== undefined) {
    found.delete("dominant-baseline");
    found.set("dy", String(px(drop * parseFloat(found.get("font-size") ?? "12"))));
  }
  return [...found].map(([name, value]) => ` ${name}="${value}"`).join("");
}
