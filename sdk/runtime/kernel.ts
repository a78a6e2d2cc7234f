// Tape kernels of this process: machine code from the boot image, called like functions. What the build puts in place of an imported
// `.tape` file calls `kernelModule`; `run` loads before the server's own code begins.
// Invariant: nothing runs whose source is not the one that the bundle was built with.
import { addresses, limits, protections } from "../abi/table.ts";
import { Failure } from "../contract/failure.ts";
import { uusi } from "./binding.ts";
import { KernelHead, kernelHead as head } from "./kernel-head.ts";
import { beforeRun } from "./kernel-list.ts";
import { kernelTrouble } from "./kernel-trouble.ts";
import { log } from "./log.ts";
import { Memory } from "./memory.ts";
import { featuresBeyondBase, processorHas } from "./processor.ts";
import type { SharedView } from "./shared-view.ts";

/** A module's functions, in the order of its exports. */
export type KernelFunctions = readonly ((...args: never[]) => unknown)[];

/** Linear memory of module k begins this often below the heap, so that the heap lies within its 4 GiB (docs/abi.md). */
const STRIDE = 1 << 20;
/** Bytes of a module's linear memory: all that 32 bits address, but the last 64 KiB. */
const REACH = 2 ** 32 - 65536;
/** Where static data begins, and bytes of the stack behind it for values in memory. */
const DATA = 1024;
const STACK = 16384;
/** Offsets in the environment block (tape/native/environment.ts; a test compares both). */
export const environment = { memory: 16, bytes: 24, sp: 32, spLow: 40, own: 104 } as const;

let modules = 0;

/** Where a function of a kernel lies, for who runs it elsewhere (native-thread.ts). */
export interface KernelPlace {
  readonly name: string;
  /** the error that it may give, or "" */
  readonly error: string;
  readonly file: KernelHead;
  /** addresses: of the code, of the function's machine code and of its letters */
  readonly code: number;
  readonly entry: number;
  readonly letters: number;
}

const places = new WeakMap<object, KernelPlace>();

/** Of a function that a kernel's module exports; undefined for any other. */
export function placeOf(f: object): KernelPlace | undefined {
  return places.get(f);
}

/**
 * Makes an imported module known: its name, the hash of its source, the names of its functions and, beside each, the error that it
 * may give, or "". `set` gets the functions when they are loaded.
 */
export function kernelModule(
  name: string,
  source: string,
  functions: readonly string[],
  errors: readonly string[],
  set: (functions: KernelFunctions, tier: string) => void,
): void {
  beforeRun.push(({ grants }) => {
    const handle = grants[`kernel:${name}`];
    if (handle === undefined)
      throw new Error(
        `the kernel ${name} is not granted; write \`kernels: ["${name}"]\` in the manifest`,
      );
    const made = loadKernel(name, handle, source, functions, errors);
    if (made instanceof Failure) throw new Error(`kernel ${name}: ${made.sentence}`);
    set(made, uusi.kernelTier);
    log(`kernel ${name}: ${uusi.kernelTier}`);
  });
}

/** Loads a kernel's file from a memory object that may be mapped executable; throws when it is not to be run here. */
export function loadKernel(
  name: string,
  handle: number,
  source: string,
  functions: readonly string[],
  errors: readonly string[],
): KernelFunctions | Failure {
  const memory = new Memory(handle, true);
  const view = memory.map(protections.READ);
  if (view instanceof Failure) return view;
  const file = fitting(new KernelHead(view), source);
  if (typeof file === "string") throw new Error(`kernel ${name}: ${file}`);
  const address = file.view.address;
  const code = memory.map(
    protections.READ | protections.EXECUTE,
    address - view.address + file.word(head.code),
    file.word(head.codeBytes),
  );
  if (code instanceof Failure) return code;
  const more = featuresBeyondBase(file.word(head.features));
  if (more !== "") log(`kernel ${name}: code for a processor with ${more}`);
  else if (file.next() !== undefined)
    log(`kernel ${name}: the code for every processor; what it has for one with more does not fit`);
  const own = workspace(file);
  if (own instanceof Failure) return own;
  return functions.map((each, i) => {
    const found = file.export(each);
    const [entry, letters] = [code.address + found.entry, address + found.letters];
    const error = errors[i] as string;
    const f = uusi.kernel(entry, own.block, letters, (what) => {
      const block = own.block - own.view.address;
      throw kernelTrouble(own.view, block, file, code.address, each, error, what);
    });
    places.set(f, { name: each, error, file, code: code.address, entry, letters });
    return f;
  });
}

/** Of the codes in a kernel's file, each for a processor with more, the last that fits this one; a sentence when none does. */
export function fitting(first: KernelHead, source: string): KernelHead | string {
  let best: KernelHead | string = first;
  for (let each: KernelHead | undefined = first; each !== undefined; each = each.next()) {
    const unfit = each.unfit(source, processorHas());
    if (unfit === undefined) best = each;
    else if (each === first) return unfit;
  }
  return best;
}

/** The first bytes of a module's linear memory: static data, stack and, on a page of its own, the environment block. */
export function workspace(
  file: KernelHead,
): { readonly view: SharedView; readonly block: number } | Failure {
  const { address } = file.view;
  const bytes = file.word(head.dataBytes);
  const low = (DATA + bytes + 15) & ~15;
  const page = Math.ceil((low + STACK) / limits.PAGE_BYTES) * limits.PAGE_BYTES;
  modules += 1;
  const memory = Memory.create(page + limits.PAGE_BYTES);
  if (memory instanceof Failure) return memory;
  const view = memory.map(
    protections.READ | protections.WRITE,
    0,
    page + limits.PAGE_BYTES,
    addresses.HEAP - modules * STRIDE,
  );
  memory.close();
  if (view instanceof Failure) return view;
  uusi.move(view.address + DATA, address + file.word(head.data), bytes);
  view.set64(page + environment.memory, view.address);
  view.set64(page + environment.bytes, REACH);
  view.set64(page + environment.sp, low + STACK);
  view.set64(page + environment.spLow, low);
  view.set64(page + environment.own, address);
  return { view, block: view.address + page };
}
