// Which line of which source file a line of a bundle came from, for who has the bundle's bytecode and not its engine.
// Invariant: whatever the bytes are, reading them is bounded and gives places or nothing.

/** The first line of the table in each bundle (sdk/image/line-places.ts). */
export const PLACES = "@places";

/** Atoms of the bytecode that are looked at: the table's is among the first. */
const LOOKED_AT = 64;
/** The longest table, in characters; the largest bundle's has 40,000. */
const LONGEST = 1 << 20;
/** Version and checksum. */
const HEADER = 5;

/** The bytes of a bundle. */
export interface BundleBytes {
  readonly length: number;
  get8(offset: number): number;
  copyOut(offset: number, to: Uint8Array, at: number, length: number): void;
}

/** The table in the atoms at the begin of QuickJS-NG's bytecode (JS_WriteObjectAtoms); undefined when there is none. */
export function placesTable(
  bundle: BundleBytes,
  decode: (bytes: Uint8Array) => string | undefined,
): string | undefined {
  let at = HEADER;
  const short = (): number => {
    let value = 0;
    for (let shift = 0; shift < 35 && at < bundle.length; shift += 7) {
      const byte = bundle.get8(at++);
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
    return Number.NaN;
  };
  const count = short();
  for (let atom = 0; atom < count && atom < LOOKED_AT && at < bundle.length; atom++) {
    const kind = bundle.get8(at++);
    if (kind & 128) {
      if (kind & 64) short();
      continue;
    }
    const head = short();
    const length = Math.floor(head / 2);
    const bytes = head % 2 === 0 ? length : 2 * length;
    if (!(at + bytes <= bundle.length)) return undefined;
    if (isTable(bundle, at, length, head % 2 === 1)) {
      const copy = new Uint8Array(bytes);
      bundle.copyOut(at, copy, 0, bytes);
      return head % 2 === 0 ? decode(copy) : wide(copy);
    }
    at += bytes;
  }
  return undefined;
}

function isTable(bundle: BundleBytes, at: number, length: number, isWide: boolean): boolean {
  if (length <= PLACES.length || length > LONGEST) return false;
  for (let i = 0; i < PLACES.length; i++)
    if (bundle.get8(at + (isWide ? 2 * i : i)) !== PLACES.charCodeAt(i)) return false;
  return true;
}

/** Of two bytes a character: a source has a name beyond Latin-1. */
function wide(bytes: Uint8Array): string {
  let text = "";
  for (let i = 0; i + 1 < bytes.length; i += 2)
    text += String.fromCharCode(bytes[i]! + 256 * bytes[i + 1]!);
  return text;
}

/** "file.ts:line" for each of the lines of the bundle, "line N" where the table does not know. */
export function placesOf(table: string, lines: readonly number[]): string[] {
  const rows = table.split("\n");
  const runs = (rows[rows.length - 1] ?? "").split(";");
  const found = lines.map((line) => `line ${line}`);
  let line = 0;
  let source = 0;
  let file = 0;
  for (const run of runs) {
    const fields = run.split(",");
    const step = Number.parseInt(fields[0] ?? "", 36);
    const second = Number.parseInt(fields[1] ?? "", 36);
    if (!(step >= 0) || Number.isNaN(second)) break;
    line += step;
    if (fields.length > 2) {
      file = Number(fields[2]);
      source = second;
    } else source += step + second;
    for (let i = 0; i < lines.length; i++)
      if (line <= lines[i]!) found[i] = `${rows[1 + file] ?? "?"}:${source + lines[i]! - line}`;
  }
  return found;
}
