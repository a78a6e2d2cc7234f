// A virtio 1.2 device behind PCI Express (§4.1): common configuration, notification, ISR and device configuration in BAR 4, MSI-X in
// BAR 1, no legacy interface. Invariant: queues run only between DRIVER_OK and reset, and only while the function is bus master.
import type { Bus } from "./bus.ts";
import { PciFunction } from "./pci-function.ts";
import { type Chain, Virtqueue } from "./virtqueue.ts";

const VENDOR = 0x1af4;
const MODERN_BASE = 0x1040;
const REGION = 0x1000;

const STATUS = { FEATURES_OK: 8, DRIVER_OK: 4, NEEDS_RESET: 64 };
/** VIRTIO_F_VERSION_1 and VIRTIO_F_ACCESS_PLATFORM, as bits of the upper feature word. */
const VERSION_1 = 1;
const ACCESS_PLATFORM = 2;
const NO_VECTOR = 0xffff;

export interface VirtioDescription {
  /** virtio device type (1 network, 4 entropy, ...) */
  type: number;
  classCode: number;
  /** feature bits 0 to 31 that the device offers */
  features: number;
  queues: number;
  queueSize: number;
  config: Uint8Array;
  /** physical addresses of BAR 1 (4 KiB) and BAR 4 (16 KiB) after the firmware's assignment */
  vectorsAt: number;
  registersAt: number;
}

export abstract class VirtioPci extends PciFunction {
  protected readonly queues: Virtqueue[] = [];
  readonly #d: VirtioDescription;
  #deviceSelect = 0;
  #driverSelect = 0;
  #accepted = [0, 0];
  #configVector = NO_VECTOR;
  #status = 0;
  #queue = 0;
  #isr = 0;

  constructor(bus: Bus, d: VirtioDescription) {
    super(bus, {
      vendor: VENDOR,
      device: MODERN_BASE + d.type,
      subsystemVendor: VENDOR,
      subsystem: 0x1100,
      classCode: d.classCode,
      revision: 1,
    });
    this.#d = d;
    for (let i = 0; i < d.queues; i++) this.queues.push(new Virtqueue(bus.memory, d.queueSize));
    this.addMsix(d.queues + 1, 1, d.vectorsAt);
    this.#addRegion(1, 0, 0x38);
    this.#addRegion(3, 1, 1);
    this.#addRegion(4, 2, d.config.length);
    this.#addRegion(2, 3, d.queues * 4, 4);
    this.addExpress();
    this.addBar(4, 4 * REGION, true, d.registersAt, {
      read: (offset, width) => this.#read(offset, width),
      write: (offset, width, value) => this.#write(offset, width, value),
    });
  }

  /** The driver says that queue `index` has new buffers. */
  protected abstract notified(index: number): void;

  /** May queues run? */
  protected get running(): boolean {
    return (this.#status & STATUS.DRIVER_OK) !== 0 && this.busMaster;
  }

  protected accepted(feature: number): boolean {
    return ((this.#accepted[feature >> 5] ?? 0) & (1 << (feature & 31))) !== 0;
  }

  /** The next chain of buffers of a queue; the device stops when the driver broke the protocol. */
  protected take(index: number): Chain | undefined {
    try {
      return this.queues[index]?.take();
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.broken();
      return undefined;
    }
  }

  /** Tells the driver that a queue has used buffers. */
  protected usedInterrupt(index: number): void {
    this.#isr |= 1;
    const vector = (this.queues[index] as Virtqueue).vector;
    if (vector !== NO_VECTOR) this.interrupt(vector);
  }

  /** Tells the driver that device configuration changed. */
  protected configInterrupt(): void {
    this.#isr |= 2;
    if (this.#configVector !== NO_VECTOR) this.interrupt(this.#configVector);
  }

  /** The driver broke the protocol: the device stops until reset (§2.1.2). */
  protected broken(): void {
    this.#status |= STATUS.NEEDS_RESET;
    this.#status &= ~STATUS.DRIVER_OK;
    this.configInterrupt();
  }

  protected override reset(): void {
    this.#deviceSelect = this.#driverSelect = this.#queue = this.#isr = this.#status = 0;
    this.#accepted = [0, 0];
    this.#configVector = NO_VECTOR;
    for (const q of this.queues) q.reset();
  }

  #addRegion(type: number, region: number, bytes: number, multiplier?: number): void {
    const body = new DataView(new ArrayBuffer(multiplier === undefined ? 14 : 18));
    body.setUint8(0, 2 + body.byteLength);
    body.setUint8(1, type);
    body.setUint8(2, 4); // BAR
    body.setUint32(6, region * REGION, true);
    body.setUint32(10, bytes, true);
    if (multiplier !== undefined) body.setUint32(14, multiplier, true);
    this.addCapability(0x09, new Uint8Array(body.buffer));
  }

  #read(offset: number, width: number): number {
    const region = Math.floor(offset / REGION);
    const at = offset % REGION;
    if (region === 0) return this.#readCommon(at);
    if (region === 1) {
      const isr = this.#isr;
      this.#isr = 0;
      return isr;
    }
    if (region === 2) {
      let value = 0;
      for (let i = width - 1; i >= 0; i--) value = value * 256 + (this.#d.config[at + i] ?? 0);
      return value;
    }
    return 0;
  }

  #write(offset: number, width: number, value: number): void {
    const region = Math.floor(offset / REGION);
    const at = offset % REGION;
    if (region === 0) this.#writeCommon(at, value);
    else if (region === 3 && width === 2 && at % 4 === 0 && at / 4 < this.queues.length) {
      if (this.running) this.notified(at / 4);
    }
  }

  #readCommon(at: number): number {
    const q = this.queues[this.#queue];
    switch (at) {
      case 0x00:
        return this.#deviceSelect;
      case 0x04:
        if (this.#deviceSelect === 0) return this.#d.features;
        return this.#deviceSelect === 1 ? VERSION_1 | ACCESS_PLATFORM : 0;
      case 0x08:
        return this.#driverSelect;
      case 0x0c:
        return this.#accepted[this.#driverSelect] ?? 0;
      case 0x10:
        return this.#configVector;
      case 0x12:
        return this.queues.length;
      case 0x14:
        return this.#status;
      case 0x16:
        return this.#queue;
      case 0x18:
        return q?.size ?? 0;
      case 0x1a:
        return q?.vector ?? NO_VECTOR;
      case 0x1c:
        return q?.enabled ? 1 : 0;
      case 0x1e:
        return this.#queue;
      case 0x20:
        return (q?.descriptors ?? 0) % 2 ** 32;
      case 0x24:
        return Math.floor((q?.descriptors ?? 0) / 2 ** 32);
      case 0x28:
        return (q?.available ?? 0) % 2 ** 32;
      case 0x2c:
        return Math.floor((q?.available ?? 0) / 2 ** 32);
      case 0x30:
        return (q?.used ?? 0) % 2 ** 32;
      case 0x34:
        return Math.floor((q?.used ?? 0) / 2 ** 32);
      default:
        return 0;
    }
  }

  #writeCommon(at: number, value: number): void {
    switch (at) {
      case 0x00:
        this.#deviceSelect = value;
        return;
      case 0x08:
        this.#driverSelect = value;
        return;
      case 0x0c:
        if (this.#driverSelect < 2) this.#accepted[this.#driverSelect] = value >>> 0;
        return;
      case 0x10:
        this.#configVector = value <= this.queues.length ? value : NO_VECTOR;
        return;
      case 0x14:
        this.#setStatus(value);
        return;
      case 0x16:
        this.#queue = value;
        return;
      default: {
        const q = this.queues[this.#queue];
        if (q !== undefined) this.#writeQueue(q, at, value);
      }
    }
  }

  #setStatus(value: number): void {
    if (value === 0) {
      this.reset();
      return;
    }
    let status = value;
    if ((status & STATUS.FEATURES_OK) !== 0 && (this.#status & STATUS.FEATURES_OK) === 0) {
      const low = (this.#accepted[0] as number) & ~this.#d.features;
      const high = this.#accepted[1] as number;
      const known = (high & ~(VERSION_1 | ACCESS_PLATFORM)) === 0;
      if (low !== 0 || !known || (high & VERSION_1) === 0) status &= ~STATUS.FEATURES_OK;
    }
    if ((status & STATUS.FEATURES_OK) === 0) status &= ~STATUS.DRIVER_OK;
    this.#status = status;
  }

  #writeQueue(q: Virtqueue, at: number, value: number): void {
    const low = (whole: number) => Math.floor(whole / 2 ** 32) * 2 ** 32 + value;
    const high = (whole: number) => value * 2 ** 32 + (whole % 2 ** 32);
    switch (at) {
      case 0x18:
        if (value > 0 && value <= q.maximum && (value & (value - 1)) === 0) q.size = value;
        return;
      case 0x1a:
        q.vector = value <= this.queues.length ? value : NO_VECTOR;
        return;
      case 0x1c:
        if (value === 1) q.enabled = true;
        return;
      case 0x20:
        q.descriptors = low(q.descriptors);
        return;
      case 0x24:
        q.descriptors = high(q.descriptors);
        return;
      case 0x28:
        q.available = low(q.available);
        return;
      case 0x2c:
        q.available = high(q.available);
        return;
      case 0x30:
        q.used = low(q.used);
        return;
      case 0x34:
        q.used = high(q.used);
        return;
      default:
        return;
    }
  }
}
