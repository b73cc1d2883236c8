// The design tokens as data: reads the simple `--name: value;` pairs of static/css/tokens.css.

const BLOCK = /([^{}]+)\{([^{}]*)\}/g;
const PAIR = /--([a-z0-9-]+)\s*:\s*([^;]+);/gi;

/** {"light": {name: value}, "dark": {...}, "print": {...}}; a theme lists only what differs from light in the file,
 * but comes out whole. Throws if light or dark is missing. */
export function parseTokens(css) {
  const found = {};
  for (const [, selector, body] of css.replace(/\/\*[\s\S]*?\*\//g, "").matchAll(BLOCK)) {
    const name = themeOfSelector(selector.trim());
    if (!name) continue;
    found[name] ??= {};
    for (const [, key, value] of body.matchAll(PAIR)) found[name][key] ??= value.trim();
  }
  if (!found.light || !found.dark) throw new Error("tokens.css needs :root and [data-theme=\"dark\"] blocks");
  const whole = (name) => ({ ...found.light, ...found[name] });
  return { light: whole("light"), dark: whole("dark"), print: whole("print") };
}

function themeOfSelector(selector) {
  const named = selector.match(/data-theme=["']?(dark|print|light)["']?/);
  if (named && !selector.includes(":not(")) return named[1];
  return selector.includes(":root") && !selector.includes("@") ? "light" : null;
}
