// The faults that a campaign puts into a running simulated system. Invariant: what happens depends on the machine's state and the random numbers only.
import { layouts, operations } from "../../../sdk/abi/table.ts";
import type { Engine } from "../../../sdk/sim/engine.ts";
import type { Machine } from "../../../sdk/sim/machine.ts";

export const kinds = [
  "crash",
  "flips in engine text",
  "flips in bytecode",
  "flips in heap",
  "message dropped",
  "message corrupted",
] as const;
export type Kind = (typeof kinds)[number];
/** What the simulated nucleus can do: its engines have one text for all. */
export const simKinds = kinds.filter((kind) => kind !== "flips in engine text");

/** Random numbers below `below`. */
export type Random = (below: number) => number;

/** Marsaglia's xorshift, 32 bits. */
export function randomNumbers(seed: number): Random {
  let state = seed >>> 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    // the high bits: the low ones of neighbours are alike
    return Math.floor(((state >>> 0) / 2 ** 32) * below);
  };
}

export interface Drawn {
  readonly kind: Kind;
  readonly victim: string;
  readonly random: Random;
}

/** What injection number `index` of a campaign is: its first random numbers say it, the rest are its own. */
export function drawn(
  seed: number,
  index: number,
  kinds: readonly Kind[],
  victims: readonly string[],
): Drawn {
  const random = randomNumbers(Math.imul(seed, 0x9e3779b1) + Math.imul(index + 1, 0x85ebca6b));
  const kind = kinds[random(kinds.length)]!;
  const victim = victims[random(victims.length)]!;
  return { kind, victim, random };
}

/** Bits that change in one injection: one alone shows nothing in most cases. */
export const FLIPS = 16;

/** Flips bits in blocks that the engine has allocated, all drawn evenly, be they small or large; of bytecode, its bytes evenly. */
function flipBits(engine: Engine, kind: Kind, random: Random): boolean {
  const blocks = kind === "flips in heap" ? engine.blocks() : engine.bytecode();
  let all = 0;
  for (let i = 1; i < blocks.length; i += 2) all += blocks[i]!;
  if (all === 0) return false;
  const block = (): number => {
    if (kind === "flips in heap") return 2 * random(blocks.length / 2);
    let at = random(all);
    let i = 0;
    for (; at >= blocks[i + 1]!; i += 2) at -= blocks[i + 1]!;
    return i;
  };
  for (let i = 0; i < FLIPS; i++) {
    const chosen = block();
    engine.memory[blocks[chosen]! + random(blocks[chosen + 1]!)]! ^= 1 << random(8);
  }
  return true;
}

const HEADER = layouts.submission.HEADER;
const isMessage = (operation: number) =>
  operation === operations.SEND || operation === operations.CALL || operation === operations.REPLY;

/** Where the messages among submissions begin. */
function messages(submissions: Uint8Array): number[] {
  const view = new DataView(submissions.buffer, submissions.byteOffset, submissions.length);
  const all: number[] = [];
  for (let at = 0; at + HEADER <= submissions.length; at += view.getUint32(at, true))
    if (isMessage(view.getUint16(at + layouts.submission.operation, true))) all.push(at);
  return all;
}

/** Takes one message out: its place is filled by the cancellation of a call that there is not. */
export function dropMessage(submissions: Uint8Array, random: Random): boolean {
  const all = messages(submissions);
  if (all.length === 0) return false;
  const at = all[random(all.length)]!;
  const view = new DataView(submissions.buffer, submissions.byteOffset, submissions.length);
  view.setUint32(at + layouts.submission.operation, operations.CANCEL, true);
  view.setBigUint64(at + layouts.submission.cookie, 2n ** 63n, true);
  return true;
}

/** Flips one bit of a message's contents. */
export function corruptMessage(submissions: Uint8Array, random: Random): boolean {
  const view = new DataView(submissions.buffer, submissions.byteOffset, submissions.length);
  const all = messages(submissions).filter(
    (at) => view.getUint32(at + layouts.submission.length, true) > 0,
  );
  if (all.length === 0) return false;
  const at = all[random(all.length)]!;
  const handles = view.getUint16(at + layouts.submission.handles, true);
  const length = view.getUint32(at + layouts.submission.length, true);
  submissions[at + HEADER + 8 * handles + random(length)]! ^= 1 << random(8);
  return true;
}

/** A fault on its way into a simulated server. */
export class SimInjection {
  done = false;
  readonly #machine: Machine;
  readonly #server: string;
  readonly #kind: Kind;
  readonly #random: Random;

  constructor(machine: Machine, server: string, kind: Kind, random: Random) {
    this.#machine = machine;
    this.#server = server;
    this.#kind = kind;
    this.#random = random;
  }

  async inject(): Promise<void> {
    const thread = this.#machine.servers().get(this.#server);
    if (thread === undefined) return;
    if (this.#kind === "crash") {
      thread.crash();
      this.done = true;
    } else if (this.#kind === "message dropped" || this.#kind === "message corrupted") {
      const change = this.#kind === "message dropped" ? dropMessage : corruptMessage;
      this.#machine.onSubmit = (from, submissions) => {
        if (this.done || from !== this.#server) return;
        this.done = change(submissions, this.#random);
      };
    } else
      this.done = thread.engine !== undefined && flipBits(thread.engine, this.#kind, this.#random);
  }

  async end(): Promise<void> {
    this.#machine.onSubmit = () => {};
  }
}
