/**
 * The environment block that native code works in: offsets in bytes, once for compiler and hosts.
 *
 * `README.md` says who sets what. Invariant: hosts written in C repeat this table in `runner/environment.h`; a test
 * compares both.
 */
export const environment = {
  limit: 0,
  stop: 8,
  memory: 16,
  bytes: 24,
  sp: 32,
  spLow: 40,
  host: 48,
  grow: 56,
  exit: 64,
  text: 72,
  textBytes: 80,
  kind: 88,
  depth: 96,
  own: 104,
  fuel: 112,
  resume: 120,
  values: 128,
  hostValues: 640,
  trace: 1152,
  stackLow: 1664,
  table: 1672,
  end: 1680,
} as const;

/** Most arguments or results of an entry, an import or a call. */
export const MOST_VALUES = 64;
/** Most return addresses in `trace`. */
export const MOST_TRACE = 64;
