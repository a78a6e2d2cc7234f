/** What a program may call on this machine: terminal, arguments, clock. */
import { readSync, writeSync } from "node:fs";
import { formatHosts } from "../interp/format.ts";
import { fileHosts } from "../interp/files.ts";
import { HostExit, type HostFn } from "../interp/machine.ts";
import { bytesOf, toByteString } from "../source/utf8.ts";
import { disk } from "./files.ts";

/** Where a program's output goes. */
export interface Streams {
  write(to: number, bytes: Uint8Array): void;
  read(into: Uint8Array): number;
}

function writeAll(to: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(to, bytes, at);
    } catch (e) {
      const code = (e as { code?: string }).code;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") throw e;
    }
  }
}

/** Standard input and output. */
export const terminal: Streams = {
  write: writeAll,
  read: (into) => {
    try {
      return readSync(0, into);
    } catch {
      return 0;
    }
  },
};

/** Streams that collect output in memory, for tests and the REPL. */
export function memoryStreams(input = ""): Streams & { text(): string } {
  const chunks: Uint8Array[] = [];
  const bytes = bytesOf(toByteString(input));
  let at = 0;
  return {
    write: (_to, b) => void chunks.push(b.slice()),
    read: (into) => {
      const n = Math.min(into.length, bytes.length - at);
      into.set(bytes.subarray(at, at + n));
      at += n;
      return n;
    },
    text: () => Buffer.concat(chunks).toString("utf8"),
  };
}

/** Host functions over streams and arguments. */
export function hosts(streams: Streams, args: readonly string[] = []): Record<string, HostFn> {
  const texts = args.map(toByteString);
  return {
    ...formatHosts,
    ...fileHosts(disk),
    "io.write": (m) => {
      const n = m.int(2);
      streams.write(m.int(0), m.slice(m.int(1), n));
      m.give(0, BigInt(n));
    },
    "io.write_line": (m) => {
      const text = m.slice(m.int(1), m.int(2));
      const line = new Uint8Array(text.length + 1);
      line.set(text);
      line[text.length] = 10;
      streams.write(m.int(0), line);
    },
    "io.read": (m) => m.give(0, BigInt(streams.read(m.slice(m.int(0), m.int(1))))),
    "os.arg_count": (m) => m.give(0, BigInt(texts.length)),
    "os.arg_len": (m) => m.give(0, BigInt(texts[m.int(0)]?.length ?? -1)),
    "os.arg_copy": (m) => m.writeText(m.int(1), texts[m.int(0)] ?? ""),
    "os.exit": (m) => {
      throw new HostExit(m.int(0));
    },
    "time.unix": (m) => m.give(0, BigInt(Date.now()) * 1000000n),
    "time.ticks": (m) => m.give(0, process.hrtime.bigint()),
  };
}
