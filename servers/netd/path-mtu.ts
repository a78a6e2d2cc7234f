// How long packets to a host may be, where routers on the path have said so (RFC 1191).
//
// Invariant: at most 32 hosts are remembered, each for ten minutes: longer packets are tried again then. No report makes packets shorter
// than LEAST_PATH_MTU, so that a forger cannot cut a path to shreds; where the path is that narrow, packets may be fragmented instead.

import { MTU } from "./packet-buffer.ts";

/** Nobody needs less today, and fragmentation serves who does. */
export const LEAST_PATH_MTU = 552;

interface PathMtu {
  readonly destination: number;
  mtu: number;
  /** The path takes even less than `mtu`. */
  narrow: boolean;
  /** Milliseconds. */
  until: number;
}

/** What is known, the oldest first. */
export interface PathMtuTable {
  readonly paths: PathMtu[];
}

const MAX_PATHS = 32;
/** RFC 1191 section 6.3. */
const LIFE = 600_000;
/** Where old routers say nothing: the next size that some kind of network has (RFC 1191 section 7.1). */
const PLATEAUS = [1492, 1280, 1006, LEAST_PATH_MTU, 508, 296, 68];

/** Nothing is known. */
export function createPathMtuTable(): PathMtuTable {
  return { paths: [] };
}

function findPath(table: PathMtuTable, destination: number, now: number): PathMtu | undefined {
  const { paths } = table;
  for (let index = 0; index < paths.length; index++) {
    const each = paths[index];
    if (each.destination !== destination) continue;
    if (now < each.until) return each;
    paths.splice(index, 1);
    return undefined;
  }
  return undefined;
}

/** Longest packet to a host in bytes. */
export function findPathMtu(table: PathMtuTable, destination: number, now: number): number {
  if (table.paths.length === 0) return MTU;
  return findPath(table, destination, now)?.mtu ?? MTU;
}

/** Whether packets to a host must be allowed to be fragmented. */
export function isNarrow(table: PathMtuTable, destination: number, now: number): boolean {
  if (table.paths.length === 0) return false;
  return findPath(table, destination, now)?.narrow ?? false;
}

/**
 * A router could not pass on a packet of `length` bytes, and said which size it can (0: it did not say). Returns the size to keep to
 * from now on, or 0 when the report makes no sense.
 */
export function notePathMtu(
  table: PathMtuTable,
  destination: number,
  length: number,
  said: number,
  now: number,
): number {
  const real = said === 0 ? (PLATEAUS.find((size) => size < length) ?? 0) : said;
  if (real < 68 || real >= length || real >= MTU) return 0;
  const mtu = Math.max(real, LEAST_PATH_MTU);
  setPathMtu(table, destination, mtu, real < mtu, now);
  return mtu;
}

/** Keeps to a size from now on. */
export function setPathMtu(
  table: PathMtuTable,
  destination: number,
  mtu: number,
  narrow: boolean,
  now: number,
): void {
  const { paths } = table;
  const known = paths.findIndex((each) => each.destination === destination);
  if (known >= 0) paths.splice(known, 1);
  else if (paths.length >= MAX_PATHS) paths.shift();
  paths.push({ destination, mtu, narrow, until: now + LIFE });
}
