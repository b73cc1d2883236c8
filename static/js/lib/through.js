// Where a click on a mark leads: an address with places to be filled in. Pure but for the origin it is asked with.

/** The address, filled and checked: of this site, or https elsewhere. Null for what is neither.
 * template: "/d/sales/?var-{column}={value}"; values: name -> text. -> {href, outside} */
export function throughUrl(template, values, origin = location.origin) {
  if (!/^(?:\/(?![/\\])|https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?=[/?#]|$))/.test(template ?? "")) return null;
  const filled = template.replace(/\{([^{}]*)\}/g, (_, name) => encodeURIComponent(Object.hasOwn(values, name) ? (values[name] ?? "") : ""));
  try {
    const url = new URL(filled, origin);
    const outside = url.origin !== origin;
    return outside && url.protocol !== "https:" ? null : { href: outside ? url.href : url.pathname + url.search + url.hash, outside };
  } catch {
    return null;
  }
}
