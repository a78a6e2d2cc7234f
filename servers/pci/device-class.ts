// Which function a driver means by the class in its manifest.
// Invariant: a class names functions by vendor and device ids alone, and no function belongs to two classes.
import type { PciFunction } from "./enumerate.ts";

const RED_HAT = 0x1af4;
const INTEL = 0x8086;

/** Classes that pci hands out (virtio 1.1 §4.1.2: device id 0x1040 + type; 0x1000 and 0x1003 are transitional). */
const classes: { readonly [name: string]: (each: PciFunction) => boolean } = {
  "virtio-net": (each) =>
    each.vendor === RED_HAT && (each.device === 0x1041 || each.device === 0x1000),
  "virtio-serial": (each) =>
    each.vendor === RED_HAT && (each.device === 0x1043 || each.device === 0x1003),
  // 82574L and 82574IT
  e1000e: (each) => each.vendor === INTEL && (each.device === 0x10d3 || each.device === 0x10f6),
};

/** Whether pci knows the class. */
export function isDeviceClass(name: string): boolean {
  return Object.hasOwn(classes, name);
}

/** The functions of a class, in order of discovery. */
export function ofClass(functions: readonly PciFunction[], name: string): PciFunction[] {
  const matches = isDeviceClass(name) ? classes[name] : undefined;
  return matches === undefined ? [] : functions.filter(matches);
}

/** Whether some class names the function. */
export function isClaimable(each: PciFunction): boolean {
  return Object.values(classes).some((matches) => matches(each));
}
