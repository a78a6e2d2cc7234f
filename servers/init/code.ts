// The code of a server: an object of the boot image, or memory that a development host has pushed, its SHA-256 compared.
// Invariant: pushed code is a copy of init's own that nobody else can write; it is closed when neither the server nor its way back has it.
import { protections } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import type { ServerEntry } from "./configuration.ts";
import { imageObject, type Machine } from "./machine.ts";

export interface Code {
  readonly memory: Memory;
  /** bytes of it that are code */
  readonly size: number;
  /** SHA-256, 64 small hexadecimal digits */
  readonly digest: string;
  readonly pushed: boolean;
}

/** The longest pushed code. */
const LONGEST = 2 << 20;

/** The code that the image has for a server, when it is the one that the configuration names. */
export function imageCode(machine: Machine, entry: ServerEntry): Code | Failure {
  const bundle = imageObject(machine, entry.bundle);
  if (bundle === undefined)
    return new Failure(failures.NOT_FOUND, `the boot image has no ${entry.bundle}; build it again`);
  const { digest, length, handle } = bundle;
  if (digest !== entry.digest && digest !== entry.scriptDigest)
    return new Failure(
      failures.REFUSED,
      `${entry.bundle} is not the code that the configuration names; build the image again`,
    );
  return { memory: new Memory(handle, true), size: length, digest, pushed: false };
}

/** A copy of pushed code whose SHA-256 is right. Takes the handle. */
export function pushedCode(handle: number, size: number, digest: string): Code | Failure {
  const theirs = new Memory(handle);
  const bytes = theirs.size();
  if (size < 1 || size > LONGEST || size > bytes) {
    theirs.close();
    return refuse(
      failures.INVALID,
      `swap: code has 1 to ${LONGEST} bytes, and its memory holds it`,
    );
  }
  const memory = theirs.clone(0, bytes, bytes);
  theirs.close();
  if (memory instanceof Failure) return memory;
  const view = memory.map(protections.READ, 0, size);
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  const copy = new Uint8Array(size);
  view.copyOut(0, copy, 0, size);
  view.close();
  const found = hexadecimal(uusi.sha256(copy));
  if (found === digest) return { memory, size, digest, pushed: true };
  memory.close();
  return refuse(failures.INVALID, `swap: the code has the SHA-256 ${found}, not ${digest}`);
}

function hexadecimal(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += (byte + 256).toString(16).slice(1);
  return text;
}

/** Lets go of code. */
export function dropCode(code: Code | undefined): void {
  if (code?.pushed === true) code.memory.close();
}
