// Registers and descriptors of Intel's 82574 (Intel 82574 GbE Controller Family datasheet, revision 3.4, chapters 7 and 10).

/** Offsets in region 0. */
export const registers = {
  CTRL: 0x0000,
  STATUS: 0x0008,
  CTRL_EXT: 0x0018,
  ICR: 0x00c0,
  IMS: 0x00d0,
  IMC: 0x00d8,
  EIAC: 0x00dc,
  IVAR: 0x00e4,
  RCTL: 0x0100,
  TCTL: 0x0400,
  TIPG: 0x0410,
  RDBAL: 0x2800,
  RDBAH: 0x2804,
  RDLEN: 0x2808,
  RDH: 0x2810,
  RDT: 0x2818,
  TDBAL: 0x3800,
  TDBAH: 0x3804,
  TDLEN: 0x3808,
  TDH: 0x3810,
  TDT: 0x3818,
  TXDCTL: 0x3828,
  RXCSUM: 0x5000,
  /** The table of groups, 128 words. */
  MTA: 0x5200,
  /** The first of the receive addresses. */
  RAL: 0x5400,
  RAH: 0x5404,
} as const;

/** Bytes of the registers that are used. */
export const REGISTER_BYTES = 0x5408;

export const control = { SPEED_BY_LINK: 1 << 5, LINK_UP: 1 << 6, RESET: 1 << 26 } as const;
export const status = { LINK_UP: 1 << 1 } as const;
/** Causes of interrupts (section 10.2.4): the link has changed, receive queue 0, transmit queue 0, all that is no queue's. */
export const causes = { LINK: 1 << 2, RECEIVE: 1 << 20, SENT: 1 << 22, OTHER: 1 << 24 } as const;
/** Sums of IPv4, and of TCP and UDP, are checked on arrival (section 10.2.5.15). */
export const CHECK_SUMS = (1 << 8) | (1 << 9);
/** Receive: on, broadcasts too, without the check sequence; buffers of 2,048 bytes are the default. */
export const RECEIVE_ON = (1 << 1) | (1 << 15) | (1 << 26);
/** Transmit: on, short frames padded, the collision values of section 10.2.6.2. */
export const TRANSMIT_ON = (1 << 1) | (1 << 3) | (15 << 4) | (63 << 12);
/** Gaps between frames (section 10.2.6.3). */
export const GAPS = 8 | (8 << 10) | (6 << 20);
/** Each descriptor is written back at once; bit 22 must be set (section 10.2.6.10). */
export const WRITE_BACK_EACH = (1 << 24) | (1 << 22) | (1 << 16);
export const ADDRESS_VALID = 1 << 31;

/** Descriptors of both kinds have their old form (sections 7.1.4 and 7.2.10); the kernel has their fields. */
export const descriptor = { BYTES: 16 } as const;
/** Descriptors of the rings, multiples of 8; each has its buffer. Those to send are never all in use. */
export const RECEIVE_RING = 256;
export const SEND_RING = 512;
/** Slots to send from. */
export const SEND_SLOTS = 256;
/** The default of RCTL. */
export const BUFFER_BYTES = 2048;
