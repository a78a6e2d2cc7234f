// The nucleus's list of processes, read out of a machine's memory. Invariant: while the machine runs the list may change under the reader;
// what it gives then is at worst a list that ends early.
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { limits } from "../../../sdk/abi/table.ts";
import { standardVariant } from "../../../sdk/cli/build/step.ts";
import { nucleusPath } from "../../../sdk/cli/steps/nucleus.ts";
import { parseElf } from "../../../sdk/image/elf.ts";
import type { Guest } from "../../qemu/guest.ts";
import { root } from "../../setup/paths.mjs";
import type { GuestMemory } from "./guest-memory.ts";

/** More processes than a system of ours has. */
const MOST = 256;
const RUNNING = 1;

type Layout = Record<string, number>;

let known: Layout | undefined;

function layout(): Layout {
  if (known !== undefined) return known;
  const folder = mkdtempSync(join(tmpdir(), "leivos-layout-"));
  const program = join(folder, "layout");
  try {
    const source = "ci/bench/faults/layout.c";
    const flags = ["-std=c11", "-Inucleus", "-Isdk/abi", source, "-o", program];
    execFileSync("clang-14", flags, { cwd: root });
    known = JSON.parse(execFileSync(program, { encoding: "utf8" })) as Layout;
    return known;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A process that runs. */
export interface GuestProcess {
  readonly id: number;
  readonly name: string;
  /** where its top page table lies */
  readonly space: number;
  /** where its threads are linked (virtual) */
  readonly threads: bigint;
}

/** Where the nucleus has all memory, one to one, and where its image begins (nucleus/x86_64/cpu.h). */
const PHYSICAL_MAP = 0xffff_8000_0000_0000n;
const IMAGE = 0xffff_ffff_8000_0000n;

export class NucleusView {
  readonly #memory: GuestMemory;
  readonly #root: number;
  readonly #layout = layout();
  readonly #symbols: ReadonlyMap<string, bigint>;

  private constructor(memory: GuestMemory, space: number) {
    this.#memory = memory;
    const { symbols } = parseElf(readFileSync(nucleusPath(standardVariant)), "nucleus");
    this.#symbols = new Map(symbols.map(({ name, address }) => [name, address]));
    // The tables that a processor has loaded may go with their process; the nucleus's own stay.
    const own = memory.translate(space, this.symbol("nucleus_space"))!;
    this.#root = memory.read(own, 4).readUInt32LE() * 4096;
  }

  /** The nucleus of a running machine of the standard build. */
  static async open(guest: Guest, memory: GuestMemory): Promise<NucleusView> {
    const command = { "command-line": "info registers" };
    const text = (await guest.qmp.execute("human-monitor-command", command)) as string;
    return new NucleusView(memory, Number.parseInt(/CR3=([0-9a-f]+)/.exec(text)![1]!, 16));
  }

  /** The address of one of its functions or variables. */
  symbol(name: string): bigint {
    const address = this.#symbols.get(name);
    if (address === undefined) throw new Error(`the nucleus has no symbol ${name}`);
    return address;
  }

  /** Bytes of the nucleus's half; zeros where nothing is mapped. */
  read(address: bigint, bytes: number): Buffer {
    const mapped = address >= PHYSICAL_MAP && address < IMAGE;
    const at = mapped
      ? Number(address - PHYSICAL_MAP)
      : this.#memory.translate(this.#root, address);
    return at === undefined ? Buffer.alloc(bytes) : this.#memory.read(at, bytes);
  }

  #word(address: bigint): bigint {
    return this.read(address, 8).readBigUInt64LE();
  }

  /** What is linked in a list, as the addresses of the structures. */
  #listed(head: bigint, link: string): bigint[] {
    const all: bigint[] = [];
    const offset = BigInt(this.#layout[link]!);
    for (let at = this.#word(head); at !== head && at !== 0n && all.length < MOST; ) {
      all.push(at - offset);
      at = this.#word(at);
    }
    return all;
  }

  /** The processes that run now. */
  processes(): GuestProcess[] {
    const l = this.#layout;
    const all: GuestProcess[] = [];
    for (const at of this.#listed(this.symbol("all_processes"), "process.all")) {
      const bytes = this.read(at, l["process.name"]! + limits.NAME_BYTES);
      if (bytes[l["process.state"]!] !== RUNNING) continue;
      all.push({
        id: bytes.readUInt32LE(l["process.id"]!),
        name: bytes.toString("latin1", l["process.name"]!).replace(/\0.*$/s, ""),
        space: bytes.readUInt32LE(l["process.space"]!) * 4096,
        threads: at + BigInt(l["process.threads"]!),
      });
    }
    return all;
  }

  /** When a thread last came onto a processor, ns since boot: as late as the nucleus last had something to do. */
  latest(): number {
    return Math.max(0, ...this.processes().map((process) => this.since(process)));
  }

  /** The same of a process's threads. */
  since({ threads }: GuestProcess): number {
    const offset = BigInt(this.#layout["thread.since"]!);
    const times = this.#listed(threads, "thread.of_process").map((at) => this.#word(at + offset));
    return Math.max(0, ...times.map(Number));
  }

  /** Where its first thread has its message buffer, in the process. */
  buffer(process: GuestProcess): bigint {
    const offset = BigInt(this.#layout["thread.buffer_address"]!);
    const all = this.#listed(process.threads, "thread.of_process").map((at) =>
      this.#word(at + offset),
    );
    // the places of buffers are given out from the lowest on (nucleus/sched/thread.c)
    return BigInt(Math.min(...all.map(Number)));
  }
}
