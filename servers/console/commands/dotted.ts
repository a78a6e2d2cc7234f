// IPv4 addresses as people write them.

/** 0x0a000202 as 10.0.2.2. */
export const dotted = (address: number) =>
  [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
