// A script as machine code: compiled beside the library, sealed by the code keeper, mapped at its slot.
// Invariant: a program that cannot be had this way leaves nothing behind; whoever asked interprets it.
import { limits, protections } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { log } from "../../../sdk/runtime/log.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { processorHas } from "../../../sdk/runtime/processor.ts";
import type { SharedView } from "../../../sdk/runtime/shared-view.ts";
import type { Code } from "../../../tape/bytecode/program.ts";
import { NativeBuild, type NativeOptions } from "../../../tape/native/module.ts";
import type { NativeRead } from "../../../tape/native/read-file.ts";
import { type Traces, tracesOf } from "../../../tape/pe/trace-table.ts";
import { mayCompile, sealed } from "./code-keeper.ts";
import type { NativeLibrary } from "./library.ts";
import { giveSlot, MOST_CODE, type Slot, takeSlot } from "./places.ts";

export class NativeProgram {
  readonly code: Code;
  readonly module: NativeRead;
  readonly library: NativeLibrary;
  readonly slot: Slot;
  readonly #text: SharedView;
  #traces: Traces | undefined;

  private constructor(
    code: Code,
    module: NativeRead,
    library: NativeLibrary,
    slot: Slot,
    text: SharedView,
  ) {
    this.code = code;
    this.module = module;
    this.library = library;
    this.slot = slot;
    this.#text = text;
  }

  /** Where its code's places come from. */
  get traces(): Traces {
    this.#traces ??= tracesOf(this.code, this.module);
    return this.#traces;
  }

  /** Unmaps its code, and lets the slot go. */
  close(): void {
    this.#text.close();
    giveSlot(this.slot);
  }

  /**
   * Compiles verified bytecode for this processor; undefined when it has to be interpreted.
   * @param alone whether it has all of the library that it calls; else it was made beside the library
   * @param turn resolves in the next turn
   */
  static async make(
    code: Code,
    library: NativeLibrary,
    turn: () => Promise<void>,
    alone = false,
  ): Promise<NativeProgram | undefined> {
    if (!mayCompile()) return undefined;
    const slot = takeSlot();
    const places = { ...library.places, distance: slot.distance };
    const fiber = alone ? { shared: 0 } : { shared: library.places.fns.length, library: places };
    const options = { bounds: "compare", fiber, features: processorHas() } as const;
    const made = await build(code, options, library, slot, turn);
    if (!(made instanceof NativeProgram)) giveSlot(slot);
    return made;
  }

  static of(
    code: Code,
    module: NativeRead,
    library: NativeLibrary,
    slot: Slot,
    text: SharedView,
  ): NativeProgram {
    return new NativeProgram(code, module, library, slot, text);
  }
}

async function build(
  code: Code,
  options: NativeOptions,
  library: NativeLibrary,
  slot: Slot,
  turn: () => Promise<void>,
): Promise<NativeProgram | undefined> {
  const build = new NativeBuild(code, options);
  await build.inTurns(turn);
  const built = build.finish();
  if (!built.ok || built.module.bytes.length > MOST_CODE) {
    log(`a script is interpreted: ${built.ok ? "its code is too long" : built.reason}`);
    return undefined;
  }
  await turn();
  const { bytes } = built.module;
  const handle = await sealed(bytes);
  if (handle === undefined) return undefined;
  const text = mappedCode(handle, bytes.length, slot);
  if (text instanceof Failure) {
    log(`a script is interpreted: ${text.sentence}`, "warning");
    return undefined;
  }
  return NativeProgram.of(code, built.module, library, slot, text);
}

/** Sealed code at its slot; the handle is closed. */
export function mappedCode(handle: number, bytes: number, slot: Slot): SharedView | Failure {
  const memory = new Memory(handle);
  const size = Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES;
  const text = memory.map(protections.READ | protections.EXECUTE, 0, size, slot.code);
  memory.close();
  return text;
}
