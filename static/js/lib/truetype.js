// Advance widths out of a TrueType font, for the build only. Reads four tables: head, hhea, hmtx, cmap (format 4).

const WANTED = [[0x20, 0x17f], [0x370, 0x3ff], [0x400, 0x45f], [0x2010, 0x2044], [0x20ac, 0x20ac], [0x2190, 0x2193], [0x2212, 0x2212], [0x25b2, 0x25b2], [0x25bc, 0x25bc], [0x25cf, 0x25cf]];

function tables(font) {
  const found = {};
  for (let i = 0; i < font.readUInt16BE(4); i++) {
    const at = 12 + i * 16;
    found[font.toString("latin1", at, at + 4)] = font.readUInt32BE(at + 8);
  }
  return found;
}

function glyphOf(font, at) {
  const pairs = font.readUInt16BE(at + 6) / 2;
  const [ends, starts, deltas, offsets] = [14, 16 + pairs * 2, 16 + pairs * 4, 16 + pairs * 6].map((skip) => at + skip);
  return (code) => {
    for (let i = 0; i < pairs; i++) {
      if (font.readUInt16BE(ends + i * 2) < code) continue;
      const start = font.readUInt16BE(starts + i * 2);
      if (start > code) return 0;
      const delta = font.readUInt16BE(deltas + i * 2);
      const offset = font.readUInt16BE(offsets + i * 2);
      if (!offset) return (code + delta) & 0xffff;
      const glyph = font.readUInt16BE(offsets + i * 2 + offset + (code - start) * 2);
      return glyph ? (glyph + delta) & 0xffff : 0;
    }
    return 0;
  };
}

/** [[first code point, [width, ...]], ...]; widths in thousandths of the font size, 0 where the font has no glyph. */
export function advances(font) {
  const table = tables(font);
  const perEm = font.readUInt16BE(table.head + 18);
  const metrics = font.readUInt16BE(table.hhea + 34);
  const subtables = Array.from({ length: font.readUInt16BE(table.cmap + 2) },
    (_, i) => table.cmap + font.readUInt32BE(table.cmap + 4 + i * 8 + 4));
  const glyph = glyphOf(font, subtables.find((at) => font.readUInt16BE(at) === 4));
  const width = (code) => {
    const id = glyph(code);
    const advance = font.readUInt16BE(table.hmtx + Math.min(id, metrics - 1) * 4);
    return id ? Math.round((advance * 1000) / perEm) : 0;
  };
  return WANTED.map(([first, last]) => [first, Array.from({ length: last - first + 1 }, (_, i) => width(first + i))]);
}
