// Finds the functions of the machine: a walk over buses, following bridges as the firmware has set them up.
// Invariant: each bus is visited once and each function listed once, whatever the bridges claim; 512 functions are the most.
import { type ConfigSpace, registers } from "./config-space.ts";

/** A function that answers. */
export interface PciFunction {
  readonly bdf: number;
  readonly vendor: number;
  readonly device: number;
  /** Class, subclass, programming interface: 24 bits. */
  readonly class: number;
  readonly revision: number;
  /** 0 a device, 1 a bridge. */
  readonly header: number;
  readonly subsystem: number;
}

const MOST = 512;

/** Every function reachable from `first` (a bus number), in order of discovery. */
export function enumerate(space: ConfigSpace, first: number, last: number): PciFunction[] {
  const found: PciFunction[] = [];
  const visited = new Uint8Array(256);
  const buses = [first];
  for (let next = 0; next < buses.length; next += 1) {
    const bus = buses[next] as number;
    if (visited[bus] === 1) continue;
    visited[bus] = 1;
    for (let device = 0; device < 32 && found.length < MOST; device += 1)
      scanDevice(space, (bus << 8) | (device << 3), found, (secondary) => {
        if (secondary > bus && secondary <= last) buses.push(secondary);
      });
  }
  return found;
}

function scanDevice(
  space: ConfigSpace,
  base: number,
  found: PciFunction[],
  bridge: (secondary: number) => void,
): void {
  if (space.read16(base, registers.VENDOR) === 0xffff) return;
  const several = (space.read8(base, registers.HEADER_TYPE) & 0x80) !== 0;
  for (let number = 0; number < (several ? 8 : 1); number += 1) {
    const bdf = base | number;
    const vendor = space.read16(bdf, registers.VENDOR);
    if (vendor === 0xffff || vendor === 0) continue;
    const header = space.read8(bdf, registers.HEADER_TYPE) & 0x7f;
    const kind = space.read32(bdf, registers.REVISION);
    found.push({
      bdf,
      vendor,
      device: space.read16(bdf, registers.DEVICE),
      class: kind >>> 8,
      revision: kind & 0xff,
      header,
      subsystem: header === 0 ? space.read16(bdf, registers.SUBSYSTEM) : 0,
    });
    if (header === 1) bridge(space.read8(bdf, registers.SECONDARY_BUS));
  }
}
