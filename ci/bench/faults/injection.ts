// The faults that a campaign puts into a running simulated system. Invariant: what happens depends on the machine's state and the random numbers only.
import { layouts, operations } from "../../../sdk/abi/table.ts";
import type { Engine } from "../../../sdk/sim/engine.ts";
import type { Machine } from "../../../sdk/sim/machine.ts";

export const kinds = ["crash", "bit flip", "message dropped", "message corrupted"] as const;
export type Kind = (typeof kinds)[number];

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

// One alone shows nothing in 99 of 100 cases.
const FLIPS = 16;

/** Flips bits in blocks that the engine has allocated: objects, shapes, bytecode, text, all drawn evenly, be they small or large. */
function flipBit(engine: Engine, random: Random): boolean {
  const blocks = engine.blocks();
  if (blocks.length === 0) return false;
  for (let i = 0; i < FLIPS; i++) {
    const block = 2 * random(blocks.length / 2);
    engine.memory[blocks[block]! + random(blocks[block + 1]!)]! ^= 1 << random(8);
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
function corruptMessage(submissions: Uint8Array, random: Random): boolean {
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

/** A fault on its way into a server. */
export class Injection {
  /** whether it has happened */
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

  /** Now; a fault of a message waits for the next that the server sends. */
  inject(): void {
    const thread = this.#machine.servers().get(this.#server);
    if (thread === undefined) return;
    if (this.#kind === "crash") {
      thread.crash();
      this.done = true;
    } else if (this.#kind === "bit flip") {
      this.done = thread.engine !== undefined && flipBit(thread.engine, this.#random);
    } else {
      const change = this.#kind === "message dropped" ? dropMessage : corruptMessage;
      this.#machine.onSubmit = (from, submissions) => {
        if (this.done || from !== this.#server) return;
        this.done = change(submissions, this.#random);
      };
    }
  }
}
