// The Linux guest's archive as the host's tools and its own layout have it, and the order of modules.
import test from "ava";
import { cpio, fileTypes } from "./cpio.ts";
import { dependencies, moduleOrder } from "./module-order.ts";

test("an archive has its entries at multiples of 4, with sizes, modes and devices", (t) => {
  const archive = Buffer.from(
    cpio([
      { path: "dev", mode: fileTypes.folder | 0o755 },
      { path: "dev/console", mode: fileTypes.characterDevice | 0o600, major: 5, minor: 1 },
      { path: "init", mode: fileTypes.file | 0o755, bytes: Buffer.from("hello") },
    ]),
  );
  const read: [string, number, string, number, number][] = [];
  for (let at = 0; at < archive.length; ) {
    const field = (i: number) =>
      Number.parseInt(archive.toString("latin1", at + 6 + 8 * i, at + 14 + 8 * i), 16);
    t.is(archive.toString("latin1", at, at + 6), "070701");
    const name = archive.toString("latin1", at + 110, at + 110 + field(11) - 1);
    const bytes = (at + 110 + field(11) + 3) & ~3;
    const text = archive.toString("latin1", bytes, bytes + field(6));
    read.push([name, field(1), text, field(9), field(10)]);
    at = (bytes + field(6) + 3) & ~3;
  }
  t.deepEqual(read, [
    ["dev", 0o040755, "", 0, 0],
    ["dev/console", 0o020600, "", 5, 1],
    ["init", 0o100755, "hello", 0, 0],
    ["TRAILER!!!", 0, "", 0, 0],
  ]);
});

const module = (...needs: string[]) =>
  Buffer.from(`\x7fELF\0license=GPL\0depends=${needs.join(",")}\0retpoline=Y\0`);

test("modules come behind what they need, each once", (t) => {
  const files: Record<string, Buffer> = {
    net: module("bus", "failover"),
    pci: module("ring", "bus"),
    bus: module("ring"),
    ring: module(),
    failover: module(),
  };
  t.deepEqual(dependencies(files.net!), ["bus", "failover"]);
  t.deepEqual(dependencies(files.ring!), []);
  t.deepEqual(
    moduleOrder(["pci", "net"], (name) => files[name]!),
    ["ring", "bus", "pci", "failover", "net"],
  );
});
