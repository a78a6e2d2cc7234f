// What a device model sees of the machine: the guest's memory by bus address, and message-signalled interrupts.

/** Guest memory by physical address. Both throw RangeError outside of it. */
export interface BusMemory {
  read(address: number, bytes: number): Uint8Array;
  write(address: number, bytes: Uint8Array): void;
}

/** The machine around a device. */
export interface Bus {
  memory: BusMemory;
  /** a message-signalled interrupt: the device writes `data` to `address` */
  message(address: number, data: number): void;
}

/** Registers in device memory; `offset` counts from the region's start, `width` is 1, 2 or 4 bytes. */
export interface Registers {
  read(offset: number, width: number): number;
  write(offset: number, width: number, value: number): void;
}
