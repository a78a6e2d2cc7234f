/** UEFI applications as files: what outside readers see; that they run is `ci/e2e/uefi-application.test.ts`. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { compileText, runInterp, runNative } from "../testing/run.ts";
import { readExecutable } from "./read.ts";
import { buildUefi, uefiOptions } from "./uefi.ts";

const hello = 'import io from "io";\nfn main() { io.println("hello"); }';

function build(text: string): Uint8Array {
  const built = buildUefi(compileText(text, uefiOptions), { memory: 1 << 20 });
  if (!built.ok) throw new Error(built.reason);
  return built.bytes;
}

test("a UEFI application imports nothing and has room for its memory", (t) => {
  const bytes = build(hello);
  t.deepEqual(bytes, build(hello));
  const read = readExecutable(bytes);
  if (!read.ok) throw new Error(read.reason);
  t.is(read.exe.subsystem, 10);
  t.deepEqual(read.exe.imports, []);
  const zeros = read.exe.mappings[2];
  t.true(zeros.write && !zeros.execute && zeros.bytes.length === 0 && zeros.size > 1 << 20);
  const folder = mkdtempSync(join(tmpdir(), "tape-uefi-"));
  writeFileSync(join(folder, "hello.efi"), bytes);
  const done = spawnSync("objdump", ["-p", "-d", join(folder, "hello.efi")], { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  t.regex(done.stdout, /Subsystem\s+0000000a\s+\(EFI application\)/);
  t.notRegex(done.stdout, /\(bad\)/);
  t.regex(
    done.stdout,
    /The Function Table \(interpreted \.pdata section contents\)\nvma:.*\n [0-9a-f]{16}:/,
  );
});

test("what the firmware lacks is named", (t) => {
  const text = 'extern("window.open") fn open() -> i64;\nfn main() -> i64 { return open(); }';
  const built = buildUefi(compileText(text, uefiOptions));
  t.deepEqual(built, { ok: false, reason: "nothing provides `window.open` there" });
});

test("elsewhere `machine.` imports are no instructions", (t) => {
  const text =
    'extern("machine.load64") fn word(at: i64) -> i64;\nfn main() -> i64 { return word(8); }';
  const code = compileText(text);
  t.is(runNative(code).end, runInterp(code).end);
  t.regex(runInterp(code).end, /^trap/);
});
