// What is compiled anew is what the compiler makes of the kernel's source; of a damaged file nothing is.
import test from "ava";
import { ALL_FEATURES, kernelFile } from "../../tape/embed/kernel.ts";
import { compileModule } from "../../tape/embed/node.ts";
import { encodeNative, header } from "../../tape/native/file.ts";
import { buildNative } from "../../tape/native/module.ts";
import { BASE_FEATURES } from "../../tape/native/processor.ts";
import { compileText } from "../../tape/testing/run.ts";
import { compileAgain } from "./compile.ts";

const turn = () => Promise.resolve();

test("the file of each kernel comes out as the compiler writes it, for the processor that is there", async (t) => {
  for (const name of ["aes", "checksum", "sha256"]) {
    const code = compileModule(`tape/kernels/${name}.tape`);
    const base = kernelFile(code) as Uint8Array;
    const all = kernelFile(code, ALL_FEATURES) as Uint8Array;
    t.deepEqual(await compileAgain(all, BASE_FEATURES, turn), base);
    t.deepEqual(await compileAgain(base, ALL_FEATURES, turn), all);
    // Neither machine code nor tables of the old file count.
    const old = Uint8Array.from(base);
    const view = new DataView(old.buffer);
    old.fill(0xcc, view.getUint32(header.code, true));
    view.setUint32(header.version, 99, true);
    view.setUint32(header.exportCount, 0, true);
    t.deepEqual(await compileAgain(old, BASE_FEATURES, turn), base);
  }
});

test("a damaged file is refused in words", async (t) => {
  const file = kernelFile(compileModule("tape/kernels/crc32c.tape")) as Uint8Array;
  const view = new DataView(file.buffer);
  const [from, size] = [
    view.getUint32(header.bytecode, true),
    view.getUint32(header.bytecodeBytes, true),
  ];
  for (let at = from; at < from + size; at += 97) {
    const damaged = Uint8Array.from(file);
    damaged[at]! ^= 1 << (at % 8);
    t.regex(String(await compileAgain(damaged, BASE_FEATURES, turn)), /^its bytecode: /, `${at}`);
  }
  for (const end of [0, 1, 127, 128, from, from + size - 1])
    t.regex(String(await compileAgain(file.slice(0, end), BASE_FEATURES, turn)), /^its bytecode: /);
});

test("what is no kernel is refused in words", async (t) => {
  const code = compileText('import io from "io"; fn main() { io.println("x"); }');
  const built = buildNative(code);
  if (!built.ok) throw new Error(built.reason);
  const file = encodeNative(code, built.module, []);
  t.regex(String(await compileAgain(file, BASE_FEATURES, turn)), /^it calls `.*` of the host/);
});
