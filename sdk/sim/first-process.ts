// Makes the first process of the simulated machine from its boot image, as nucleus/first.c does on hardware: the same handles in the same
// order, the same mappings, the same START message. When it ends it is made again, on the vault that it had.
import { addresses, firstHandles, kinds, layouts, rights, startFlags } from "../abi/table.ts";
import { type BootEntry, readBootImage } from "../image/boot-image.ts";
import type { BoardFacts } from "./board.ts";
import type { Nucleus } from "./nucleus.ts";
import { systemCalls } from "./system-calls.ts";

const PAGE = 4096;
const STACK_BYTES = 256 << 10;
const HEAP_BYTES = 16 << 20;
const STATE_BYTES = 256 << 10;
const WEIGHT = 100;
const { READ, WRITE, EXECUTE } = { READ: 1, WRITE: 2, EXECUTE: 4 };

/** What the loader and the processor's part of the nucleus know. */
export interface BootFacts {
  image: Uint8Array;
  /** at least 32 bytes */
  entropy: Uint8Array;
  /** the text of \leivos\options */
  options: string;
  cpus: number;
  board: BoardFacts;
}

const roundUp = (bytes: number) => Math.ceil(bytes / PAGE) * PAGE;

/** What makes it and lets its thread begin: once for the start, and each time that it has ended. */
export function firstProcess(nucleus: Nucleus, facts: BootFacts): () => void {
  const table = readBootImage(facts.image);
  const frames = nucleus.reservedFrames();
  nucleus.bytes().set(facts.image, nucleus.ramOffset(frames.image * PAGE));
  writePlatform(nucleus, frames.platform, facts);
  nucleus.raw("sim_set_seeded", 1);
  const entropy = facts.entropy.slice();
  let handles: number[] | undefined;
  return () => {
    const thread = nucleus.raw("sim_first", WEIGHT) >>> 0;
    handles ??= giveHandles(nucleus, thread, table, frames);
    begin(nucleus, thread, table, entropy, handles);
    entropy[0] = (entropy[0]! + 1) & 255; // no seed is used twice in a row
  };
}

function begin(
  nucleus: Nucleus,
  thread: number,
  table: BootEntry[],
  entropy: Uint8Array,
  handles: number[],
): void {
  mapParts(nucleus, thread, table, handles.slice(firstHandles.IMAGE));
  const payload = startPayload(part(table, "bundle/init").bytes.length, entropy, handles);
  const scratch = nucleus.raw("sim_scratch") >>> 0;
  nucleus.bytes().set(payload, scratch);
  const entry = Number(part(table, "engine.text").entry);
  const { STACK_TOP } = addresses;
  if (nucleus.raw("sim_start", thread, entry, STACK_TOP, scratch, payload.length) === 0) {
    throw new RangeError("the first process's START event does not fit");
  }
}

function part(table: BootEntry[], name: string): BootEntry {
  return table.find((entry) => entry.name === name) as BootEntry;
}

function giveHandles(
  nucleus: Nucleus,
  thread: number,
  table: BootEntry[],
  frames: { image: number; platform: number },
): number[] {
  const shared = rights.READ | rights.MAP | rights.INFO;
  const memory = (frame: number, bytes: number, keep: number) =>
    nucleus.raw("sim_give_memory", frame, bytes, keep) >>> 0;
  const handles: number[] = [];
  handles[firstHandles.BUDGET] = nucleus.raw("sim_give_budget", rights.ALL) >>> 0;
  for (let kind: number = kinds.PROCESS_FACTORY; kind <= kinds.SYSTEM; kind++) {
    handles.push(nucleus.raw("sim_give_privilege", kind, rights.ALL) >>> 0);
  }
  handles[firstHandles.PLATFORM] = memory(frames.platform, PAGE, shared);
  handles[firstHandles.TABLE] = memory(frames.image, 64 + table.length * 128, shared);
  handles[firstHandles.STATE] = must(nucleus, thread, systemCalls.memory_create, STATE_BYTES, 0);
  for (const { offset, bytes, rights: keep } of table) {
    handles.push(memory(frames.image + offset / PAGE, bytes.length, keep));
  }
  return handles;
}

/** A system call in its name. */
function must(nucleus: Nucleus, thread: number, number: number, ...args: number[]): number {
  nucleus.call(thread, number, args);
  const result = nucleus.result(thread);
  if (result < 0) throw new Error(`the first process could not be made: ${result}`);
  return result;
}

function mapParts(nucleus: Nucleus, thread: number, table: BootEntry[], handles: number[]): void {
  const own = (number: number, ...args: number[]) => must(nucleus, thread, number, ...args);
  const { memory_map, memory_clone, memory_create, handle_close } = systemCalls;
  const handle = (entry: BootEntry) => handles[table.indexOf(entry)] as number;
  const map = (memory: number, address: number, bytes: number, protection: number) =>
    own(memory_map, 0, memory, address, 0, roundUp(bytes), protection);
  const text = part(table, "engine.text");
  const constants = part(table, "engine.rodata");
  const data = part(table, "engine.data");
  const bundle = part(table, "bundle/init");
  map(handle(text), Number(text.address), text.bytes.length, READ | EXECUTE);
  map(handle(constants), Number(constants.address), constants.bytes.length, READ);
  map(handle(bundle), addresses.BUNDLE, bundle.bytes.length, READ);
  const size = roundUp(data.memory);
  const copy = own(memory_clone, handle(data), 0, roundUp(data.bytes.length), size);
  map(copy, Number(data.address), size, READ | WRITE);
  const stack = own(memory_create, STACK_BYTES, 0);
  map(stack, addresses.STACK_TOP - STACK_BYTES, STACK_BYTES, READ | WRITE);
  own(handle_close, copy);
  own(handle_close, stack);
}

/** One page of facts about the machine (layouts.platform). */
function writePlatform(nucleus: Nucleus, frame: number, facts: BootFacts): void {
  const l = layouts.platform;
  const at = nucleus.ramOffset(frame * PAGE);
  const view = nucleus.view();
  const text = new TextEncoder().encode(facts.options).subarray(0, PAGE - l.OPTIONS);
  view.setUint32(at + l.version, 1, true);
  view.setUint32(at + l.cpus, facts.cpus, true);
  view.setUint32(at + l.ecam, facts.board.ecam, true);
  view.setUint32(at + l.ecamLastBus, facts.board.lastBus, true);
  view.setUint32(at + l.tscKhz, 1_000_000, true);
  view.setUint32(at + l.optionsBytes, text.length, true);
  view.setUint32(at + l.entropySources, 8, true); // the seed option
  nucleus.bytes().set(text, at + l.OPTIONS);
}

function startPayload(bundleBytes: number, entropy: Uint8Array, handles: number[]): Uint8Array {
  const l = layouts.start;
  const payload = new Uint8Array(l.SIZE + 4 + 4 * handles.length);
  const view = new DataView(payload.buffer);
  view.setUint32(l.version, 1, true);
  view.setUint32(l.flags, startFlags.SEEDED | startFlags.FIRST, true);
  view.setBigUint64(l.bundle, BigInt(addresses.BUNDLE), true);
  view.setUint32(l.bundleBytes, bundleBytes, true);
  view.setUint32(l.heapLimit, HEAP_BYTES, true);
  view.setUint32(l.stackBytes, STACK_BYTES, true);
  payload.set(entropy.subarray(0, 32), l.seed);
  payload.set(new TextEncoder().encode("init"), l.name);
  view.setUint32(l.SIZE, handles.length, true);
  for (const [i, handle] of handles.entries()) {
    view.setUint32(l.SIZE + 4 + 4 * i, handle, true);
  }
  return payload;
}
