// Builds host programs from the pure C parts, under the address and undefined-behaviour sanitizers.
// Invariant: any finding of a sanitizer ends the program with an error.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../setup/paths.mjs";

/** A program built for this machine. */
export interface HostProgram {
  /**
   * Runs it to its end.
   * @throws Error with the program's last words when it ends with another code than 0
   */
  run(args: readonly string[], input?: Uint8Array): Buffer;
  /** The same, for what it says on its standard error. */
  remarks(args: readonly string[]): string;
  /** removes it */
  close(): void;
}

/**
 * Compiles and links C files.
 * @param sources relative to the checkout's top folder
 * @param fuzzer whether libFuzzer gives the program its main function
 * @throws Error with the compiler's messages
 */
export function buildSanitized(sources: readonly string[], fuzzer = false): HostProgram {
  const folder = mkdtempSync(join(tmpdir(), "leivos-host-"));
  const program = join(folder, "program");
  const sanitizers = fuzzer ? "fuzzer,address,undefined" : "address,undefined";
  const flags = [
    "-std=c11",
    "-O1",
    "-g",
    "-Wall",
    "-Wextra",
    "-Werror",
    "-fno-omit-frame-pointer",
    `-fsanitize=${sanitizers}`,
    "-fno-sanitize-recover=all",
  ];
  const start = (argv: string[], input?: Uint8Array) => {
    const { status, stdout, stderr, error } = spawnSync(argv[0]!, argv.slice(1), {
      cwd: root,
      input,
      maxBuffer: 1 << 28,
    });
    if (status === 0) return { stdout, stderr };
    throw new Error(`${argv[0]} ended with ${status ?? error}:\n${stderr}`);
  };
  start(["clang-14", ...flags, ...sources, "-o", program]);
  return {
    run: (args, input) => start([program, ...args], input).stdout,
    remarks: (args) => start([program, ...args]).stderr.toString(),
    close: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** Byte strings as the test programs read them: each behind its length in 32 bits. */
export function records(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(part.length);
      return [length, part];
    }),
  );
}
