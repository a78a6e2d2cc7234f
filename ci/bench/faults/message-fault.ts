// A fault of a victim's next message: in a copy of the engine's text that only the victim has, its one way into the nucleus leads through
// message-fault.asm. Invariant: the machine stands still meanwhile; the victim meets the fault when it next submits messages, and nobody else does.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { layouts, operations, syscalls } from "../../../sdk/abi/table.ts";
import { enginePath } from "../../../sdk/cli/steps/engine.ts";
import { parseElf } from "../../../sdk/image/elf.ts";
import { entryBits, frameOf, type GuestMemory, type Mapped, PAGE } from "./guest-memory.ts";
import type { Random } from "./injection.ts";

/** Where message-fault.asm has what is set from outside, and its entry. */
const at = { buffer: 0, back: 8, choice: 16, place: 20, corrupt: 24, done: 28, entry: 32 };
/** The instructions with which `system_call` begins (sdk/runtime/engine/start.asm), which stand in message-fault.asm instead. */
const MOVED = "524889f04889f9";
const JUMP = 0xe9;
const JUMP_BYTES = 5;
const TABLE = 512;
const BITS = 2 ** 32;

let known: { readonly code: Buffer; readonly systemCall: bigint } | undefined;

function program() {
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), "leivos-message-fault-"));
  try {
    const number = syscalls.find(([name]) => name === "submit_wait")![1];
    const { submission } = layouts;
    const values = {
      SUBMIT_WAIT: number,
      HEADER: submission.HEADER,
      SIZE: submission.size,
      OPERATION: submission.operation,
      HANDLES: submission.handles,
      LENGTH: submission.length,
      COOKIE: submission.cookie,
      REPLY: operations.REPLY,
      CANCEL: operations.CANCEL,
    };
    const defines = Object.entries(values).map(([name, value]) => `-D${name}=${value}`);
    const output = join(folder, "code");
    const source = new URL("message-fault.asm", import.meta.url).pathname;
    execFileSync("nasm", ["-f", "bin", ...defines, source, "-o", output]);
    const { symbols } = parseElf(readFileSync(enginePath), "engine");
    const systemCall = symbols.find(({ name }) => name === "system_call")!.address;
    known = { code: readFileSync(output), systemCall };
    return known;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** An entry of the same table that maps nothing, the last one. */
function unused(memory: GuestMemory, { at: entry, address }: Mapped) {
  const table = entry - (entry % PAGE);
  const entries = memory.read(table, PAGE);
  for (let slot = TABLE - 1; slot >= 0; slot--)
    if (entries.readBigUInt64LE(8 * slot) === 0n) {
      const base = address - BigInt((entry - table) / 8) * BigInt(PAGE);
      return { at: table + 8 * slot, address: base + BigInt(slot * PAGE) };
    }
  throw new Error("the page table of the engine's text is full");
}

export class MessageFault {
  readonly #memory: GuestMemory;
  readonly #page: number;

  /**
   * @param root where the victim's top page table lies
   * @param buffer where its first thread's submissions begin, in the victim
   */
  constructor(memory: GuestMemory, root: number, buffer: bigint, corrupt: boolean, random: Random) {
    this.#memory = memory;
    const { code, systemCall } = program();
    const inside = Number(systemCall % BigInt(PAGE));
    const text = memory.pages(root).find(({ address }) => address === systemCall - BigInt(inside));
    if (text === undefined) throw new Error("the victim has no engine");
    const free = unused(memory, text);
    this.#page = memory.sparePage();
    const page = Buffer.alloc(PAGE);
    code.copy(page);
    page.writeBigUInt64LE(buffer, at.buffer);
    page.writeBigUInt64LE(systemCall + BigInt(MOVED.length / 2), at.back);
    page.writeUInt32LE(random(BITS), at.choice);
    page.writeUInt32LE(random(BITS), at.place);
    page.writeUInt32LE(corrupt ? 1 : 0, at.corrupt);
    memory.write(this.#page, page);
    const bytes = memory.read(frameOf(text), PAGE);
    if (bytes.toString("hex", inside, inside + MOVED.length / 2) !== MOVED)
      throw new Error("`system_call` of the engine begins otherwise than message-fault.ts knows");
    bytes[inside] = JUMP;
    const distance = free.address + BigInt(at.entry) - (systemCall + BigInt(JUMP_BYTES));
    bytes.writeInt32LE(Number(distance), inside + 1);
    const copy = memory.sparePage();
    memory.write(copy, bytes);
    const moved = (page: number) => text.entry - BigInt(frameOf(text)) + BigInt(page);
    memory.setEntry(free.at, moved(this.#page) | entryBits.WRITABLE | entryBits.WRITE_THROUGH);
    memory.setEntry(text.at, moved(copy) | entryBits.WRITE_THROUGH);
  }

  /** Whether it has happened. */
  get done(): boolean {
    return this.#memory.read(this.#page + at.done, 4).readUInt32LE() !== 0;
  }

  /** It will not happen any more. */
  end(): void {
    const none = Buffer.alloc(4);
    none.writeUInt32LE(1);
    this.#memory.write(this.#page + at.done, none);
  }
}
