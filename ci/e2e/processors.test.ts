// Machine code on processors with more and fewer features: kernels of servers, in the code that fits; scripts compiled in the system; programs
// of the image; programs from elsewhere that ask for more than all processors have.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "ava";
import { BASE_FEATURES, features } from "../../tape/native/processor.ts";
import { executableOf } from "../../tape/pe/testing/build.ts";
import { diskWithServer } from "../kernels/with-server.ts";
import { loginPrompt } from "../qemu/booted-guest.ts";
import { diskGuest } from "../qemu/disk-guest.ts";
import { command, logIn } from "../qemu/person.ts";

/** One round of AES and a product without carries: what `io` prints is the same with and without instructions for them. */
const source = `import io from "io";
import vec from "vec";
fn main() {
    let a: u8x16 = [1; 16];
    let v = declassify(vec.aes_round(a, a));
    let p = declassify(vec.clmul(3, 5));
    io.println("{v[0]} {p[0]}");
}
`;

/** A block of SHA-256. */
const hashing = `import io from "io";
import vec from "vec";
fn main() {
    var h: [8]secret u32;
    var b: [64]secret u8;
    var k: [64]u32;
    vec.sha256_block(h[..], b[..], k[..]);
    io.println("{declassify(h[0])}");
}
`;

/** SubBytes of 1 is 0x7c; MixColumns leaves a column of equal bytes as it is; the key is 1. */
const PRINTED = `${0x7c ^ 1} 15\n`;
const { aes, pclmul, sha } = features;

/** Without AES-NI and AVX2; with AES-NI, without AVX2; with both. None has SHA-NI, which this QEMU does not offer. */
const models = [
  { processor: "Nehalem", more: [] },
  { processor: "Westmere", more: ["aes", "pclmul"] },
  { processor: "max", more: ["aes", "pclmul", "avx2"] },
];

for (const { processor, more } of models)
  test.serial(`native code runs on ${processor}`, async (t) => {
    const fields = { name: "ciphers", kernels: ["aes"], restart: { when: "never" } } as const;
    const options = { netd_wait: "30000" };
    const disk = await diskWithServer("ci/kernels/aes-main.ts", fields, options);
    const served: Record<string, Uint8Array> = {
      "/base.exe": executableOf(source, { features: BASE_FEATURES }),
      "/fast.exe": executableOf(source, { features: BASE_FEATURES | aes | pclmul }),
      "/sha.exe": executableOf(hashing, { features: BASE_FEATURES | sha }),
    };
    const server = createServer((request, answer) => {
      const file = served[request.url ?? ""];
      answer.writeHead(file === undefined ? 404 : 200, { "content-length": file?.length ?? 0 });
      answer.end(file);
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = `http://10.0.2.2:${(server.address() as AddressInfo).port}`;
    const guest = await diskGuest(disk, { network: { kind: "user", options: [] }, processor });
    try {
      await guest.expect(loginPrompt, 90_000);
      await logIn(guest);
      t.is(await command(guest, "tier"), "native\n");
      t.is(await command(guest, "var s: i64 = 0; for (i in 0..1000) { s += i; } s"), "499500\n");
      t.regex(await command(guest, "log console"), /kernel cells: native/);
      t.regex(await command(guest, "log netd"), /kernel checksum: native/);
      t.regex(await command(guest, "ping 10.0.2.2 1"), /1 sent, 1 received/);
      t.is(await command(guest, "run hello"), "hello from a process of its own\n");
      const ciphers = await command(guest, "log ciphers");
      t.true(ciphers.includes(`features beyond the base: ${more.join(", ")}.`), ciphers);
      t.regex(ciphers, /block 0: right/);
      t.is(/code for a processor with aes/.test(ciphers), more.includes("aes"), ciphers);
      t.is(/the code for every processor/.test(ciphers), !more.includes("aes"), ciphers);
      t.is(await command(guest, `run ${address}/base.exe`), PRINTED);
      const fast = await command(guest, `run ${address}/fast.exe`);
      if (more.includes("aes")) t.is(fast, PRINTED);
      else t.regex(fast, /^fast: it is for a processor with aes, pclmul/);
      t.regex(
        await command(guest, `run ${address}/sha.exe`),
        /^sha: it is for a processor with sha/,
      );
    } finally {
      await guest.close();
      server.close();
    }
  });
