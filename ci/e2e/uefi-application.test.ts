// A Tape program as a UEFI application: OVMF starts it, it prints, reads a line and tells of its trap on the firmware's console.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
import { BASE_FEATURES, features } from "../../tape/native/processor.ts";
import { buildUefi, uefiOptions } from "../../tape/pe/uefi.ts";
import { compileText } from "../../tape/testing/run.ts";
import { Guest } from "../qemu/guest.ts";
import { holdFolder } from "../qemu/resources.ts";

const program = `import io from "io";
import time from "time";

fn at(a: []i64, i: i64) -> i64 {
    return a[i];
}

fn main() {
    io.println("tape on the firmware: {6 * 7}, {0.1 + 0.2}");
    io.println("{time.now() > 1700000000000000000}");
    io.print("name: ");
    let name = io.read_line();
    if (name != null) { io.println("got <{name}>"); }
    var list = [1, 2, 3];
    io.println("{at(list[..], 3)}");
}
`;

/** A guest that starts a program instead of the system. */
async function boot(text: string, wanted: number, processor: string): Promise<Guest> {
  const built = buildUefi(compileText(text, uefiOptions), { features: wanted });
  if (!built.ok) throw new Error(built.reason);
  const folder = holdFolder();
  mkdirSync(folder, { recursive: true });
  const disk = join(folder, `application-${wanted}.img`);
  writeDiskImage(disk, { loader: built.bytes, boot: new Uint8Array(1), options: {} });
  return Guest.start({
    cpus: 1,
    memory: "256M",
    accelerator: "tcg",
    network: { kind: "user", options: [] },
    icount: false,
    disk,
    display: "none",
    serial: true,
    exitOnReset: true,
    processor,
  });
}

test.serial("OVMF starts a Tape program, which prints, reads and traps", async (t) => {
  const guest = await boot(program, BASE_FEATURES, "max");
  try {
    await guest.expect(/tape on the firmware: 42, 0\.30000000000000004\r?\ntrue\r?\nname: /);
    guest.type("leivo\n");
    await guest.expect(/got <leivo>/);
    await guest.expect(
      /trap: index out of range\r?\n {2}at test\.at \(test\.tape:5\)\r?\n {2}at test\.main \(test\.tape:15\)/,
    );
    t.pass();
  } finally {
    await guest.close();
  }
});

/** FIPS 197, appendix B (a work of the U.S. government, in the public domain): the first round. */
const round = `@profile(t1);
import io from "io";
import vec from "vec";
fn main() {
    let state: u8x16 = [0x19, 0x3d, 0xe3, 0xbe, 0xa0, 0xf4, 0xe2, 0x2b, 0x9a, 0xc6, 0x8d, 0x2a, 0xe9, 0xf8, 0x48, 0x08];
    let key: u8x16 = [0xa0, 0xfa, 0xfe, 0x17, 0x88, 0x54, 0x2c, 0xb1, 0x23, 0xa3, 0x39, 0x39, 0x2a, 0x6c, 0x76, 0x05];
    let out = declassify(vec.aes_round(state, key));
    for (i in 16) { io.print("{out[i]} "); }
    io.println("after a round");
}
`;
const after = [...Buffer.from("a49c7ff2689f352b6b5bea43026a5049", "hex")].join(" ");

for (const [processor, wanted] of [
  ["Nehalem", BASE_FEATURES],
  ["max", BASE_FEATURES | features.aes | features.pclmul],
] as const)
  test.serial(`a round of AES is the standard's on ${processor}`, async (t) => {
    const guest = await boot(round, wanted, processor);
    try {
      await guest.expect(new RegExp(`${after} after a round`));
      t.pass();
    } finally {
      await guest.close();
    }
  });
