// Lays rows out as aligned columns, and quantities as people read them. Pure.

/** `right`: numbers of columns that are aligned to the right; the last column is never padded. */
export function textTable(
  header: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly number[] = [],
): string {
  const all = [header, ...rows];
  const widths = header.map((_, i) => Math.max(...all.map((row) => [...(row[i] ?? "")].length)));
  const cell = (text: string, i: number) => {
    const blank = " ".repeat(widths[i]! - [...text].length);
    return right.includes(i) ? blank + text : text + blank;
  };
  const line = (row: readonly string[]) => header.map((_, i) => cell(row[i] ?? "", i)).join("  ");
  return all.map((row) => `${line(row).trimEnd()}\n`).join("");
}

/** Bytes with a binary unit, rounded down: `512 B`, `1.5 KiB`, `2.9 GiB`. */
export function bytesText(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  let unit = 0;
  let value = bytes;
  for (; value >= 1024 && unit < units.length - 1; unit++) value /= 1024;
  const rounded = value >= 100 ? Math.floor(value) : Math.floor(value * 10) / 10;
  return `${rounded} ${units[unit]}`;
}

/** A span of nanoseconds: `850 us`, `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 12 min`. */
export function spanText(ns: number): string {
  if (ns < 1e6) return `${Math.floor(ns / 1e3)} us`;
  if (ns < 1e9) return `${Math.floor(ns / 1e6)} ms`;
  const seconds = Math.floor(ns / 1e9);
  if (seconds < 60) return `${Math.floor(ns / 1e8) / 10} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}
