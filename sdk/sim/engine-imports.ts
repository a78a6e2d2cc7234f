// Takes real time out of the engine's build: its clock becomes the machine's, its time zone UTC, so that a run repeats exactly.
// Invariant: every import of the pinned build that reads the host's clock or zone is replaced, or making an engine fails.

/** ns since 1970 of the simulated machine. */
export type EngineClock = () => number;

type Import = (...numbers: never[]) => unknown;

/** Replaces the imports by what their text says they do; the names are minified and differ between builds. */
export function fixTime(
  imports: WebAssembly.Imports,
  memory: WebAssembly.Memory,
  clock: EngineClock,
): void {
  const table = imports["a"] as Record<string, Import>;
  let now = 0;
  let gettime = 0;
  let zone = 0;
  for (const name of Object.keys(table)) {
    const text = String(table[name]);
    if (/^\(\)\s*=>\s*Date\.now\(\)$/.test(text)) {
      table[name] = () => Math.floor(clock() / 1e6);
      now++;
    } else if (text.includes("performance.now()") && text.includes("BigInt")) {
      table[name] = (_id: number, _precision: unknown, at: number) => {
        new DataView(memory.buffer).setBigInt64(at, BigInt(Math.floor(clock())), true);
        return 0;
      };
      gettime++;
    } else if (text.includes("getTimezoneOffset") && text.includes("getSeconds")) {
      table[name] = (seconds: bigint, at: number) => writeUtc(memory, Number(seconds), at);
      zone++;
    } else if (text.includes("getTimezoneOffset")) {
      table[name] = (offset: number, daylight: number, standard: number, summer: number) => {
        const view = new DataView(memory.buffer);
        view.setUint32(offset, 0, true);
        view.setUint32(daylight, 0, true);
        for (const at of [standard, summer]) view.setUint32(at, 0x00435455, true); // "UTC"
      };
      zone++;
    }
  }
  if (now !== 1 || gettime !== 1 || zone !== 2) {
    throw new Error(
      `the engine's build reads time in another way (${now}, ${gettime}, ${zone}); adapt ${import.meta.url}`,
    );
  }
}

/** Fills musl's struct tm (nine ints, then the offset from UTC) for a time in seconds. */
function writeUtc(memory: WebAssembly.Memory, seconds: number, at: number): void {
  const d = new Date(seconds * 1000);
  const year = Date.UTC(d.getUTCFullYear(), 0, 1);
  const fields = [
    d.getUTCSeconds(),
    d.getUTCMinutes(),
    d.getUTCHours(),
    d.getUTCDate(),
    d.getUTCMonth(),
    d.getUTCFullYear() - 1900,
    d.getUTCDay(),
    Math.floor((d.getTime() - year) / 86_400_000),
    0,
    0,
  ];
  new Int32Array(memory.buffer, at, fields.length).set(fields);
}
