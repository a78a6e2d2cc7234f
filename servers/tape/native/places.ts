// Where machine code of scripts lies in this process (docs/abi.md): the library, and below it, at fixed distances, the code of scripts;
// each script has linear memory, and a stack with its environment block, of its own.
// Invariant: places of two scripts never meet, and a guard lies before each stack.
import { limits } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import type { SharedView } from "../../../sdk/runtime/shared-view.ts";
import { PAGE_BYTES, PAGES } from "../limits.ts";

const LIBRARY = 0x5000_4000_0000;
const CODE_STRIDE = 2 << 20;
const MEMORY = 0x5100_0000_0000;
const MEMORY_STRIDE = 16 << 20;
const STACKS = 0x5200_0000_0000;
const STACK_STRIDE = 2 << 20;

/** Bytes of a script's stack for calls. */
export const STACK_BYTES = 512 << 10;
/** Below this much of it left, a call traps. */
const LEFT = 8192;
/** Most bytes of a script's code; its file has a head on top. */
export const MOST_CODE = (1 << 20) - limits.PAGE_BYTES;

if (PAGES * PAGE_BYTES > MEMORY_STRIDE) throw new Error("a script's memory is too large");

export const libraryPlace = LIBRARY;

export interface Slot {
  readonly index: number;
  /** Address of its code, and how far behind it the library lies. */
  readonly code: number;
  readonly distance: number;
  /** Byte 0 of its linear memory. */
  readonly memory: number;
  /** Its stack, and behind that a page with the block. */
  readonly stack: number;
  readonly stackLow: number;
  readonly block: number;
}

const used: boolean[] = [];
/** Stacks with their blocks stay: the thread that looks after machine code has its own stack in the page of a block. */
const stacks: (SharedView | undefined)[] = [];

/** The stack of a slot, and the block behind it. */
export function stackOf(slot: Slot): SharedView | Failure {
  const known = stacks[slot.index];
  if (known !== undefined) return known;
  const made = mappedAt(slot.stack, STACK_BYTES + limits.PAGE_BYTES);
  if (!(made instanceof Failure)) stacks[slot.index] = made;
  return made;
}

/** New memory at an address. */
export function mappedAt(address: number, bytes: number): SharedView | Failure {
  const memory = Memory.create(bytes);
  if (memory instanceof Failure) return memory;
  const view = memory.map(undefined, 0, bytes, address);
  memory.close();
  return view;
}

/** A slot that no script has. */
export function takeSlot(): Slot {
  let index = used.indexOf(false);
  if (index < 0) index = used.length;
  used[index] = true;
  const distance = (index + 1) * CODE_STRIDE;
  const stack = STACKS + index * STACK_STRIDE + limits.PAGE_BYTES;
  return {
    index,
    code: LIBRARY - distance,
    distance,
    memory: MEMORY + index * MEMORY_STRIDE,
    stack,
    stackLow: stack + LEFT,
    block: stack + STACK_BYTES,
  };
}

export function giveSlot(slot: Slot): void {
  used[slot.index] = false;
}
