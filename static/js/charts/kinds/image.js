// An uploaded picture. data.overlays.image: its address of ours. On the server its words stand in its place; reports put
// the picture itself on paper.
import { escape } from "../../lib/markup.js";
import { isSafe } from "../../lib/links.js";
import { placeholder } from "../placeholder.js";
import { themeOf } from "../theme.js";

const OWN = /^\/w\/[\w/.-]+$/;

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const address = String(data?.overlays?.image ?? "");
  const drawn = placeholder(summary(data, options, theme), "", theme, size);
  if (!OWN.test(address)) return { html: `<p class="muted">${escape(theme.text("no_image"))}</p>`, svg: drawn };
  const fit = ["cover", "none"].includes(options.fit) ? options.fit : "contain";
  const image = `<img class="picture__image picture__image--${fit}" src="${escape(address)}" alt="${escape(options.alt)}" decoding="async">`;
  const away = /^https:/i.test(options.link ?? "") ? ' target="_blank" rel="noopener noreferrer nofollow"' : "";
  const linked = options.link && isSafe(options.link) ? `<a class="picture__link" href="${escape(options.link)}"${away}>${image}</a>` : image;
  return { html: `<div class="picture">${linked}</div>`, svg: drawn };
}

export const summary = (data, options = {}, theme = themeOf("light")) => String(options.alt || theme.text("no_image"));

export const tableOf = (data, options = {}, theme = themeOf("light")) => ({ columns: [{ name: "text", label: theme.text("text"), unit: null, numeric: false }], rows: [[summary(data, options, theme)]] });
