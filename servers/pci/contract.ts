// The PCI bus: drivers get exactly their device. A claim lives as long as the channel over which it was made, and beyond it when it is
// `pci` that ended: its driver then says `resume` on a new one.
import { call, contract } from "../../sdk/contract/contract.ts";
import {
  array,
  bool,
  bytes,
  handle,
  string,
  struct,
  u8,
  u16,
  u32,
  u64,
} from "../../sdk/contract/field.ts";

export const Pci = contract("pci", 1, {
  /** Every function that answers, with the server that has claimed it ("" nobody), from place `from` on, at most 60. */
  functions: call(
    { from: u16 },
    {
      functions: array(
        struct({
          address: string,
          vendor: u16,
          device: u16,
          class: u32,
          revision: u8,
          owner: string,
        }),
      ),
    },
    { retry: "safe" },
  ),
  /**
   * The first free function of a device class of the caller's manifest, reset, its memory decoded, bus mastering off.
   * `vectors`: message-signalled interrupts wanted, at most what fits 8 handles in all. NOT_FOUND: the machine has none;
   * REFUSED names the manifest line; BUSY: another server has it.
   */
  claim: call(
    { class: string, vectors: u8 },
    {
      address: string,
      vendor: u16,
      device: u16,
      revision: u8,
      /** The first 256 bytes of its configuration space, as a copy: for the places of its capabilities. */
      config: bytes,
      /** Its memory regions. A region that holds only the table of interrupts is left out: pci programs it. */
      bars: array(struct({ index: u8, bytes: u64, memory: handle("memory") })),
      /** Interrupt n is message n of the device; possibly fewer than wanted. */
      interrupts: array(struct({ interrupt: handle("interrupt") })),
      /** Makes DMA memory for this device alone. */
      dma: handle("privilege"),
    },
  ),
  /**
   * Lets the claimed device reach memory that was made with the claim's `dma`, until the claim ends, and tells where the device
   * finds it. Where the machine has an IOMMU, the device reaches nothing else. At most 8 objects a claim.
   */
  reach: call({ memory: handle("memory") }, { busAddress: u64 }),
  /**
   * Goes on with a claim that the caller had when `pci` ended: its handles hold, and the device has gone on meanwhile. `memories`: all that it
   * reaches. REFUSED: it is not kept (the caller comes too late, or `pci` began without what it knew); claim again.
   */
  resume: call({ address: string, memories: array(handle("memory")) }, {}),
  /** Lets the claimed device start transactions of its own, or not. */
  busMaster: call({ on: bool }, {}),
});
