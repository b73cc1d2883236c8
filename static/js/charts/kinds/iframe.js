// A page of an allowed site, in a sandbox. data.overlays.embed: its address, if the server lets it be shown.
import { escape } from "../../lib/markup.js";
import { placeholder } from "../placeholder.js";
import { themeOf } from "../theme.js";

// scripts, forms and an origin of its own (never ours: the list holds foreign hosts); no way to lead this page away
const SANDBOX = "allow-scripts allow-forms allow-popups allow-same-origin";
const HTTPS = /^https:\/\/[^\s"'<>\\@/?#]+(?:[/?#][^\s"'<>\\]*)?$/i;
const hostOf = (url) => /^https:\/\/([^/?#]+)/i.exec(url)?.[1] ?? "";

export function picture(data, options = {}, theme = themeOf("light"), size = { width: 480, height: 240 }) {
  const url = String(data?.overlays?.embed ?? "");
  if (!HTTPS.test(url)) {
    const text = theme.text("embed_refused");
    return { html: `<p class="muted">${escape(text)}</p>`, svg: placeholder(text, "", theme, size) };
  }
  const frame = `<iframe class="embed" src="${escape(url)}" sandbox="${SANDBOX}" referrerpolicy="no-referrer" loading="lazy" title="${escape(hostOf(url))}"></iframe>`;
  return { html: frame, svg: placeholder(theme.text("embed_paper"), hostOf(url), theme, size) };
}

export function summary(data, options = {}, theme = themeOf("light")) {
  const url = String(data?.overlays?.embed ?? "");
  return HTTPS.test(url) ? theme.text("embed_of", { host: hostOf(url) }) : theme.text("embed_refused");
}

export const tableOf = (data, options = {}, theme = themeOf("light")) => ({ columns: [{ name: "address", label: theme.text("address"), unit: null, numeric: false }], rows: [[String(data?.overlays?.embed ?? theme.text("embed_refused"))]] });
