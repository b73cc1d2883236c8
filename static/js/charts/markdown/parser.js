// Markdown without HTML: what an author types is shown, never run. Links lead to https or to our own pages; pictures come
// from our own addresses alone (the content policy lets no other through), so the address of another shows as a link.
import MarkdownIt from "markdown-it";
import { isOwn, isSafe } from "../../lib/links.js";
import { escape } from "../../lib/markup.js";
import { liveValues, valueOf } from "./live.js";

const MOST = 20000;

const parser = new MarkdownIt("default", { html: false, linkify: false, typographer: false, breaks: true, maxNesting: 40 });
parser.validateLink = (href) => isSafe(href.trim());
liveValues(parser);

const plain = parser.renderer;
plain.rules.live = (tokens, i, options, env) => {
  const { text, verdict } = valueOf(tokens[i].meta, env.data, env.theme);
  return `<b class="md__value${verdict ? ` md__value--${verdict}` : ""}">${escape(text)}</b>`;
};
plain.rules.link_open = (tokens, i) => {
  const href = tokens[i].attrGet("href") ?? "";
  const away = isOwn(href) ? "" : ' target="_blank" rel="noopener noreferrer nofollow"';
  return `<a href="${escape(href)}"${away}>`;
};
plain.rules.image = (tokens, i) => {
  const [href, alt] = [tokens[i].attrGet("src") ?? "", tokens[i].content];
  if (isOwn(href)) return `<img class="md__image" src="${escape(href)}" alt="${escape(alt)}" loading="lazy">`;
  return `<a href="${escape(href)}" target="_blank" rel="noopener noreferrer nofollow">${escape(alt || href)}</a>`;
};
// the parser aligns cells by a style attribute, which the content policy blocks
const cell = (name) => (tokens, i) => {
  const align = /text-align:(\w+)/.exec(tokens[i].attrGet("style") ?? "")?.[1];
  return `<${name}${align === "right" ? ' class="num"' : align === "center" ? ' class="md__centre"' : ""}>`;
};
plain.rules.th_open = cell("th");
plain.rules.td_open = cell("td");
plain.rules.table_open = () => '<div class="md__table"><table class="table">';
plain.rules.table_close = () => "</table></div>";
// a fence names a language by a class of its own; nobody colours code here
plain.rules.fence = plain.rules.code_block = (tokens, i) => `<pre><code>${escape(tokens[i].content)}</code></pre>`;

/** The tokens of a text. */
export const tokensOf = (text) => parser.parse(String(text ?? "").slice(0, MOST), {});

/** HTML that needs no cleaning: every byte of it was written or escaped here or by the parser. */
export const htmlOf = (text, data, theme) => plain.render(tokensOf(text), parser.options, { data, theme });

/** What a run of inline tokens says: [{text, bold, code, link, live, verdict, end}]. */
export function runsOf(inline, data, theme) {
  const runs = [];
  const now = { bold: 0, link: 0 };
  for (const token of inline.children ?? []) {
    if (token.type === "strong_open") now.bold++;
    else if (token.type === "strong_close") now.bold--;
    else if (token.type === "link_open") now.link++;
    else if (token.type === "link_close") now.link--;
    else if (token.type === "softbreak" || token.type === "hardbreak") runs.push({ end: true, text: "" });
    else if (token.type === "live") runs.push({ ...valueOf(token.meta, data, theme), bold: true });
    else if (token.content) runs.push({ text: token.content, bold: now.bold > 0, code: token.type === "code_inline", link: now.link > 0 || token.type === "image" });
  }
  return runs;
}
