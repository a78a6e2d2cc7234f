// A native process: the program's pages, the system's part beside them, memory, stack and the block through which both meet.
// Invariant: when it could not be made whole, nothing of it is left.
import { addresses, limits, protections, rights } from "../../sdk/abi/table.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { createBudget } from "../../sdk/runtime/privileges.ts";
import { type ExitReport, Process } from "../../sdk/runtime/process.ts";
import { startValues } from "../../sdk/runtime/run.ts";
import type { SharedView } from "../../sdk/runtime/shared-view.ts";
import { startPayload } from "../../sdk/runtime/start-payload.ts";
import { environment } from "../../tape/native/environment.ts";
import {
  PROCESS_STACK,
  processAddresses,
  processBlock,
  processImports,
  SYSTEM_STACK,
} from "../../tape/pe/process.ts";
import type { Program } from "./image-program.ts";

/** Beside linear memory: page tables, message buffer, the channel's messages. */
const RESERVE = 1 << 20;
const STOPPED = 14;
const WEIGHT = 100;

const pages = (bytes: number) => Math.ceil(bytes / limits.PAGE_BYTES) * limits.PAGE_BYTES;

/** What a process is started with. */
export interface Launch {
  readonly name: string;
  readonly program: Program;
  readonly system: Program;
  readonly words: readonly string[];
  /** Channels for the names of its manifest, in order; they are used up. */
  readonly services: readonly number[];
}

export class NativeProcess {
  readonly process: Process;
  /** The memory of the block. */
  readonly memory: Memory;
  readonly #block: SharedView;

  private constructor(process: Process, memory: Memory, block: SharedView) {
    this.process = process;
    this.memory = memory;
    this.#block = block;
  }

  /** One that the code before has started: handles of its process and of the block's memory. */
  static resume(process: number, memory: number): NativeProcess {
    const own = new Memory(memory);
    const block = own.map();
    if (block instanceof Failure) throw new Error(block.sentence);
    return new NativeProcess(new Process(process), own, block);
  }

  /** And this side of its channel. */
  static start(
    launch: Launch,
  ): { readonly native: NativeProcess; readonly channel: Endpoint } | Failure {
    const { grants } = startValues();
    const { exe } = launch.program;
    const budget = createBudget(grants["programs/budget"] ?? 0, RESERVE + exe.memory);
    if (budget instanceof Failure) return budget;
    const name = launch.name.slice(0, limits.NAME_BYTES - 1);
    const process = Process.create(grants["programs/factory"] ?? 0, budget, WEIGHT, name);
    closeHandle(budget);
    if (process instanceof Failure) return process;
    const made = fill(process, launch);
    if (made instanceof Failure) {
      process.kill(0);
      process.close();
      return made;
    }
    const { channel, memory: own, block } = made;
    return { native: new NativeProcess(process, own, block), channel };
  }

  /** Return addresses of its trap, from the start of its code; empty when it did not trap. */
  offsets(text: number): number[] {
    const depth = Math.min(this.#word(environment.depth), 64);
    const out: number[] = [];
    for (let i = 0; i < depth; i += 1)
      out.push(this.#word(environment.trace + 8 * i) - processAddresses.program - text);
    return out;
  }

  /** Kinds: that of an interrupt, and that of an import. */
  get stopKind(): number {
    return this.#word(environment.stop);
  }
  get askedKind(): number {
    return this.#word(environment.kind);
  }

  #word(at: number): number {
    return this.#block.get32(at) + this.#block.get32(at + 4) * 2 ** 32;
  }

  /** Makes its code trap at the next call or backward jump. */
  interrupt(): void {
    this.#block.set32(environment.stop, STOPPED);
    this.#block.set32(environment.limit, 0xffffffff);
    this.#block.set32(environment.limit + 4, 0xffffffff);
  }

  onExit(handler: (report: ExitReport) => void): void {
    this.process.onExit(handler);
  }

  close(): void {
    this.process.kill(0);
    this.process.close();
    this.#block.close();
    this.memory.close();
  }
}

interface Filled {
  readonly channel: Endpoint;
  readonly memory: Memory;
  readonly block: SharedView;
}

function fill(process: Process, launch: Launch): Filled | Failure {
  const { program, system } = launch;
  const fault =
    mapImage(process, system, processAddresses.system) ??
    mapImage(process, program, processAddresses.program) ??
    mapZeros(process, PROCESS_STACK, addresses.STACK_TOP - PROCESS_STACK) ??
    mapZeros(process, program.exe.firstMemory, processAddresses.memory);
  if (fault !== undefined) return fault;
  const memory = Memory.create(processBlock.SIZE);
  if (memory instanceof Failure) return memory;
  const mapped = process.map(
    memory,
    processAddresses.block,
    0,
    processBlock.SIZE,
    protections.READ | protections.WRITE,
  );
  const block = memory.map();
  const fail = (why: Failure) => {
    memory.close();
    if (!(block instanceof Failure)) block.close();
    return why;
  };
  if (mapped instanceof Failure) return fail(mapped);
  if (block instanceof Failure) return fail(block);
  const pair = Endpoint.pair();
  if (pair instanceof Failure) return fail(pair);
  const channel = new Endpoint(pair.near);
  const begun = begin(process, launch, block, pair.far);
  if (begun === undefined) return { channel, memory, block };
  channel.close();
  return fail(begun);
}

/** Fills the block and starts the first thread. */
function begin(
  process: Process,
  { name, program, system, words, services }: Launch,
  block: SharedView,
  far: number,
): Failure | undefined {
  const { exe } = program;
  const number = process.give(far, rights.ALL);
  if (number instanceof Failure) return number;
  block.set64(environment.memory, processAddresses.memory);
  block.set64(environment.bytes, exe.firstMemory);
  block.set64(environment.limit, addresses.STACK_TOP - PROCESS_STACK + SYSTEM_STACK);
  block.set64(processBlock.channel, number);
  block.set64(processBlock.entry, processAddresses.program + exe.entry);
  block.set64(processBlock.most, exe.memory);
  exe.imports.forEach((each, i) => {
    block.set8(processBlock.imports + i, Math.max(0, processImports.indexOf(each)));
  });
  block.set32(processBlock.services, services.length);
  let place = processBlock.services + 4;
  for (const service of services) {
    const given = process.give(service, rights.ALL);
    if (given instanceof Failure) return given;
    block.set32(place, given);
    place += 4;
  }
  writeWords(block, [name, ...words]);
  const payload = startPayload(
    { name, bundle: 0, bundleBytes: 0, heapLimit: 0, stackBytes: PROCESS_STACK, grants: [] },
    (text, into, at) => uusi.encode(text, into, at),
  );
  return process.start(processAddresses.system + system.exe.entry, addresses.STACK_TOP, payload);
}

/** The arguments: number, then offset and length of each, then their bytes; `run` has checked that they fit. */
function writeWords(block: SharedView, words: readonly string[]): void {
  const base = processBlock.arguments;
  const bytes = new Uint8Array(processBlock.SIZE - base);
  let at = 4 + 8 * words.length;
  block.set32(base, words.length);
  words.forEach((word, i) => {
    const length = Math.max(0, uusi.encode(word, bytes, at));
    block.set32(base + 4 + 8 * i, at);
    block.set32(base + 8 + 8 * i, length);
    block.copyIn(base + at, bytes, at, length);
    at += length;
  });
}

function mapImage(process: Process, { exe, memory }: Program, base: number): Failure | undefined {
  for (const each of exe.mappings) {
    if (each.write) {
      const fault = mapZeros(process, each.size, base + each.address);
      if (fault !== undefined) return fault;
      continue;
    }
    const protection = protections.READ | (each.execute ? protections.EXECUTE : 0);
    const size = pages(each.bytes.length);
    const fault = process.map(memory, base + each.address, each.address, size, protection);
    if (fault instanceof Failure) return fault;
  }
  return undefined;
}

function mapZeros(process: Process, bytes: number, address: number): Failure | undefined {
  const memory = Memory.create(bytes);
  if (memory instanceof Failure) return memory;
  const protection = protections.READ | protections.WRITE;
  const fault = process.map(memory, address, 0, pages(bytes), protection);
  memory.close();
  return fault instanceof Failure ? fault : undefined;
}
