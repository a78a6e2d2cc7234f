// Machine code that does not fit the processor or the compiler is compiled anew in the running system, and runs native: kernels of servers, before
// those start, and scripts of the image.
import test from "ava";
import { type BootObject, objectKinds } from "../../sdk/image/boot-image.ts";
import { readArchive, writeFileArchive } from "../../sdk/image/file-archive.ts";
import { machineCode, scriptCode } from "../../sdk/image/script-code.ts";
import { ALL_FEATURES, kernelFile } from "../../tape/embed/kernel.ts";
import { compileModule } from "../../tape/embed/node.ts";
import { header, NATIVE_VERSION } from "../../tape/native/file.ts";
import { BASE_FEATURES } from "../../tape/native/processor.ts";
import { diskWithServer } from "../kernels/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { command, logIn } from "../qemu/person.ts";

/** Two rounds of AES, in text that is the same with and without the instruction; then a trap, whose place must come out of the new code. */
const script = `import io from "io";
import vec from "vec";
fn at(list: []const i64, i: i64) -> i64 { return list[i]; }
fn main() {
    let a: u8x16 = [1; 16];
    let v = declassify(vec.aes_round(vec.aes_round(a, a), a));
    io.println("{v[0]}");
    let numbers: [2]i64 = [1, 2];
    io.println("{at(numbers[..], v[0] as i64)}");
}
`;

/** As another compiler would have written it: code that must not be believed, since it only stops. */
function ofAnotherCompiler(file: Uint8Array): Uint8Array {
  const bytes = Uint8Array.from(file);
  const view = new DataView(bytes.buffer);
  view.setUint32(header.version, NATIVE_VERSION + 1, true);
  const at = view.getUint32(header.code, true);
  bytes.fill(0xcc, at, at + view.getUint32(header.codeBytes, true));
  return bytes;
}

/** The kernel with nothing but code for a processor that has all. */
function onlyWithMore(path: string): Uint8Array {
  const file = kernelFile(compileModule(path), ALL_FEATURES);
  if (typeof file === "string") throw new Error(file);
  return file;
}

async function disk(): Promise<string> {
  const fast = await scriptCode("fast.tape", script, ALL_FEATURES);
  const old = ofAnotherCompiler(await scriptCode("old.tape", script, BASE_FEATURES));
  const scripts = [
    { path: "fast.tb", bytes: fast },
    { path: "old.tb", bytes: old },
  ];
  const change = (objects: BootObject[]): BootObject[] => [
    ...objects.map((object) => {
      if (object.name === "kernel/aes.text")
        return { ...object, bytes: onlyWithMore("tape/kernels/aes.tape") };
      if (object.name === "kernel/checksum.text")
        return { ...object, bytes: ofAnotherCompiler(object.bytes) };
      if (object.name !== "files/tape") return object;
      const bytes = writeFileArchive([...readArchive(object.bytes), ...scripts]);
      return { ...object, bytes, memory: bytes.length };
    }),
    ...scripts.map(({ path, bytes }) => ({
      name: `script/tape/${path.slice(0, -3)}.text`,
      kind: objectKinds.kernel,
      bytes: machineCode(bytes) as Uint8Array,
    })),
  ];
  const fields = { name: "ciphers", kernels: ["aes"], restart: { when: "never" } } as const;
  return diskWithServer("ci/kernels/aes-main.ts", fields, { netd_wait: "30000" }, change);
}

for (const { processor, has } of [
  { processor: "Nehalem", has: false },
  { processor: "max", has: true },
])
  test.serial(`code that does not fit is compiled anew on ${processor}`, async (t) => {
    const guest = await diskGuest(await disk(), {
      network: { kind: "user", options: [] },
      processor,
    });
    const run = (line: string) => command(guest, line);
    try {
      await guest.expect(loginPrompt, 120_000);
      await logIn(guest);
      // kernels: the network works with a sum that was compiled here
      const init = await run("log init");
      t.regex(init, /init: kernel checksum: it is of another compiler: compiled anew/);
      t.is(/init: kernel aes: the processor lacks aes.*: compiled anew/.test(init), !has, init);
      t.regex(await run("ping 10.0.2.2 1"), /1 sent, 1 received/);
      t.regex(await run("log netd"), /kernel checksum: native/);
      const ciphers = await run("log ciphers");
      t.regex(ciphers, /kernel aes: native/);
      t.regex(ciphers, /block 0: right/);
      t.is(/code for a processor with aes/.test(ciphers), has, ciphers);
      // scripts
      const said = async (name: string) =>
        t.regex(
          await run(`tape ${name}.tb`),
          new RegExp(
            `^\\d+\\ntrap: index out of range\\n  at ${name}.at \\(${name}.tape:3\\)\\n  at ${name}.main \\(${name}.tape:9\\)\\n$`,
          ),
        );
      await said("fast");
      await said("old");
      const log = await run("log tape");
      t.regex(log, /script old\.tb: native, compiled anew: its code is of another compiler/);
      t.is(/script fast\.tb: native, compiled anew: the processor lacks aes/.test(log), !has, log);
      t.is(/script fast\.tb: native\n/.test(log), has, log);
    } finally {
      await guest.close();
    }
  });
