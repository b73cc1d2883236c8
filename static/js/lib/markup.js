// SVG and HTML as strings. Everything that comes from data goes through escape(); presentation attributes only,
// since a strict content policy blocks style attributes.

const ENTITIES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
// characters that XML 1.0 does not allow, and half surrogates: one of them makes a whole document unreadable
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

export function clean(text) {
  return String(text ?? "").replace(FORBIDDEN, "\ufffd");
}

export function escape(text) {
  return clean(text).replace(/[&<>"']/g, (character) => ENTITIES[character]);
}

/** Two decimals are a hundredth of a pixel; NaN and infinity become 0 rather than a broken path. */
export function px(value) {
  return Number.isFinite(value) ? Math.round(value * 100) / 100 : 0;
}

/** <name key="value">inner</name>; attributes are escaped, `inner` must be markup already. */
export function tag(name, attributes = {}, inner = "") {
  const written = Object.entries(attributes)
    .filter(([, value]) => value !== undefined && value !== null && value !== false)
    .map(([key, value]) => ` ${key}="${escape(typeof value === "number" ? px(value) : value)}"`);
  return inner === "" && SELF_CLOSING.has(name) ? `<${name}${written.join("")}/>` : `<${name}${written.join("")}>${inner}</${name}>`;
}

const SELF_CLOSING = new Set(["path", "rect", "line", "circle", "polyline", "use"]);

/** One line of SVG text. y is its baseline. */
export function textAt(x, y, text, { size = 12, weight = 400, fill, anchor = "start", rtl } = {}) {
  return tag("text", { x, y, fill, "font-size": size, "font-weight": weight, "text-anchor": anchor, direction: rtl ? "rtl" : undefined }, escape(text));
}

export function svg(size, theme, inner, label = "") {
  const [width, height] = [Math.max(1, size.width), Math.max(1, size.height)];
  return tag("svg", {
    xmlns: "http://www.w3.org/2000/svg", width, height, viewBox: `0 0 ${px(width)} ${px(height)}`,
    role: "img", "aria-label": label || undefined, "font-family": theme.font,
  }, inner);
}
