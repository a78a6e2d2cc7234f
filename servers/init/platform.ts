// The platform facts that the nucleus hands to init (layouts.platform), as values.
import { layouts } from "../../sdk/abi/table.ts";
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";

/** What the machine is. Addresses are physical. */
export interface Platform {
  readonly cpus: number;
  readonly framebuffer: number;
  readonly framebufferBytes: number;
  readonly width: number;
  readonly height: number;
  /** Pixels a row. */
  readonly stride: number;
  /** 1 BGRX, 2 RGBX. */
  readonly format: number;
  readonly ecam: number;
  readonly ecamFirstBus: number;
  readonly ecamLastBus: number;
  /** ACPI's root pointer, 0 none. */
  readonly rsdp: number;
  /** Text of the boot options. */
  readonly options: Uint8Array;
}

const at = layouts.platform;

/** Reads the page. */
export function readPlatform(page: MemoryView): Platform {
  const length = Math.min(page.get32(at.optionsBytes), at.SIZE - at.OPTIONS);
  const options = new Uint8Array(length);
  page.copyOut(at.OPTIONS, options, 0, length);
  return {
    cpus: page.get32(at.cpus),
    framebuffer: page.get64(at.framebuffer),
    framebufferBytes: page.get64(at.framebufferBytes),
    width: page.get32(at.width),
    height: page.get32(at.height),
    stride: page.get32(at.stride),
    format: page.get32(at.format),
    ecam: page.get64(at.ecam),
    ecamFirstBus: page.get32(at.ecamFirstBus),
    ecamLastBus: page.get32(at.ecamLastBus),
    rsdp: page.get64(at.rsdp),
    options,
  };
}
