// DNS answers built byte by byte, so that a test can lie.

/** A record to put into an answer; `data` raw, or by kind. */
export interface TestRecord {
  readonly name: string;
  readonly type: number;
  readonly ttl?: number;
  /** The record's bytes, an IPv4 address or whatever else. */
  readonly address?: readonly number[];
  readonly target?: string;
  readonly soa?: number;
}

export function wireName(text: string): number[] {
  const bytes: number[] = [];
  for (const label of text.split(".").filter((each) => each !== "")) {
    bytes.push(label.length, ...[...label].map((letter) => letter.charCodeAt(0)));
  }
  return [...bytes, 0];
}

function word(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255];
}

function recordBytes(record: TestRecord): number[] {
  let data = record.address ?? [];
  if (record.target !== undefined) data = wireName(record.target);
  if (record.soa !== undefined) data = [0, 0, ...new Array(16).fill(0), ...word(record.soa)];
  return [
    ...wireName(record.name),
    0,
    record.type,
    0,
    1,
    ...word(record.ttl ?? 60),
    data.length >> 8,
    data.length & 255,
    ...data,
  ];
}

/** The answer to a question's bytes. `flags`: all 16 bits, 0x8180 unless told otherwise. */
export function response(
  query: Uint8Array,
  answers: readonly TestRecord[],
  options: { flags?: number; authority?: readonly TestRecord[] } = {},
): Uint8Array {
  const flags = options.flags ?? 0x8180;
  const authority = options.authority ?? [];
  return Uint8Array.from([
    query[0]!,
    query[1]!,
    flags >> 8,
    flags & 255,
    0,
    1,
    0,
    answers.length,
    0,
    authority.length,
    0,
    0,
    // The question as it came, without its OPT record.
    ...query.subarray(12, query.length - (query[11] === 1 ? 11 : 0)),
    ...answers.flatMap(recordBytes),
    ...authority.flatMap(recordBytes),
  ]);
}

/** Name and type that a question asks for. */
export function questionOf(query: Uint8Array): { name: string; type: number } {
  let at = 12;
  const labels: string[] = [];
  while (query[at] !== 0) {
    labels.push(String.fromCharCode(...query.subarray(at + 1, at + 1 + query[at]!)));
    at += query[at]! + 1;
  }
  return { name: labels.join("."), type: query[at + 1]! * 256 + query[at + 2]! };
}
