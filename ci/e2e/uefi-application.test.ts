// A Tape program as a UEFI application: OVMF starts it, it prints, reads a line and tells of its trap on the firmware's console.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { writeDiskImage } from "../../sdk/image/disk-image.ts";
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

test("OVMF starts a Tape program, which prints, reads and traps", async (t) => {
  const built = buildUefi(compileText(program, uefiOptions));
  if (!built.ok) throw new Error(built.reason);
  const folder = holdFolder();
  mkdirSync(folder, { recursive: true });
  const disk = join(folder, "application.img");
  writeDiskImage(disk, { loader: built.bytes, boot: new Uint8Array(1), options: {} });
  const guest = await Guest.start({
    cpus: 1,
    memory: "256M",
    accelerator: "tcg",
    network: { kind: "user", options: [] },
    icount: false,
    disk,
    display: "none",
    serial: true,
    exitOnReset: true,
  });
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
