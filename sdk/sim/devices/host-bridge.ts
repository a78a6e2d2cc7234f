// The host bridge that every PCI bus shows as its first function; it has no registers of its own here.
import type { Bus } from "./bus.ts";
import { PciFunction } from "./pci-function.ts";

export class HostBridge extends PciFunction {
  constructor(bus: Bus) {
    super(bus, {
      vendor: 0x8086,
      device: 0x29c0,
      subsystemVendor: 0x1af4,
      subsystem: 0x1100,
      classCode: 0x060000,
      revision: 0,
    });
  }

  protected override reset(): void {}
}
