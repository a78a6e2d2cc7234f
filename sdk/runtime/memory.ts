// Memory objects: created, cloned, mapped. The creator pays (docs/accounting.md).
import { errors, limits, protections } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { Handle } from "./handle.ts";
import { giveAddresses, takeAddresses } from "./kernel-addresses.ts";
import { SharedView } from "./shared-view.ts";
import { systemCalls } from "./system-call.ts";
import { systemFailure } from "../contract/system-failure.ts";

export class Memory extends Handle {
  /** Zeroed memory of at least `bytes`, rounded up to pages. */
  static create(bytes: number, flags = 0): Memory | Failure {
    const result = uusi.sys(systemCalls.memory_create, bytes, flags);
    return result < 0 ? systemFailure(result, `creating ${bytes} bytes`) : new Memory(result);
  }

  /** A private copy of `bytes` from `offset`, extended with zeros to `size`. */
  clone(offset: number, bytes: number, size: number): Memory | Failure {
    const result = uusi.sys(systemCalls.memory_clone, this.number, offset, bytes, size);
    return result < 0 ? systemFailure(result, "cloning memory") : new Memory(result);
  }

  /**
   * Makes it immutable for good; it must not be mapped writable. The new handle may be mapped executable when `privilege` is the
   * right to make memory so, which only the code keeper has; 0 none.
   */
  seal(privilege = 0): Memory | Failure {
    const result = uusi.sys(systemCalls.memory_seal, this.number, privilege);
    return result < 0 ? systemFailure(result, "sealing memory") : new Memory(result);
  }

  /** Size in bytes, 0 when the handle may not ask. */
  size(): number {
    return Math.max(0, uusi.sys(systemCalls.memory_info, this.number));
  }

  /** Bus address of DMA memory, else 0. */
  busAddress(): number {
    return uusi.sys(systemCalls.memory_info, this.number) < 0 ? 0 : uusi.second();
  }

  /** Maps `bytes` from `offset` (default: all of it) into this process, at `wish` or, with 0, wherever there is room. */
  map(
    protection: number = protections.READ | protections.WRITE,
    offset = 0,
    bytes = this.size() - offset,
    wish = 0,
  ): SharedView | Failure {
    const address = uusi.sys(
      systemCalls.memory_map,
      0,
      this.number,
      wish,
      offset,
      Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES,
      protection,
    );
    return address < 0 ? systemFailure(address, "mapping memory") : new SharedView(address, bytes);
  }

  /** As `map`, at an address that kernels reach, so that they take the view as an array (docs/abi.md). */
  mapForKernels(protection: number = protections.READ | protections.WRITE): SharedView | Failure {
    const bytes = this.size();
    const place = takeAddresses(bytes);
    if (place === undefined)
      return systemFailure(errors.NO_ADDRESS_SPACE[0], "mapping memory for kernels");
    const view = this.map(protection, 0, bytes, place);
    if (view instanceof Failure) giveAddresses(place);
    else view.unmapped = giveAddresses;
    return view;
  }
}
