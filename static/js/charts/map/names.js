// One spelling for the many of a place: what is asked for and what is known are both written so before they are compared.

const LONG = { st: "saint", ste: "sainte", rep: "republic", dem: "democratic", is: "islands", isl: "islands", fed: "federated", sts: "states", territory: "territories" };
const EMPTY = new Set(["the", "of", "and", "a"]);

/** "St. Vincent & the Grenadines" -> "saint vincent grenadines"; "Côte d’Ivoire" -> "cote divoire". */
export function spelling(text) {
  const plain = String(text).normalize("NFD").replace(/[\u0300-\u036f]/g, "").normalize("NFC").toLowerCase();
  const words = plain.replace(/['’ʻ`.]/g, "").replace(/[^\p{L}\p{N}\p{M}]+/gu, " ").trim().split(" ");
  return words.map((word) => LONG[word] ?? word).filter((word) => !EMPTY.has(word)).join(" ");
}

/** All ways to read a name: as it is, "Korea, Republic of" the other way round, "Iran (Islamic Republic of)" without its bracket. */
export function spellings(text) {
  const found = [spelling(text)];
  const [, before, after] = /^([^,]+),([^,]+)$/.exec(text) ?? [];
  if (after) found.push(spelling(`${after} ${before}`));
  if (/\(.+\)\s*$/.test(text)) found.push(spelling(text.replace(/\(.+\)\s*$/, "")));
  return [...new Set(found.filter(Boolean))];
}
