// The disk as other programs see it: sgdisk, fsck.fat and mtools judge what this code wrote.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { crc32 } from "./crc32.ts";
import { type DiskParts, diskImage, optionsText, writeDiskImage } from "./disk-image.ts";
import { shortName } from "./fat-name.ts";
import { fat32 } from "./fat32.ts";
import { guidBytes } from "./gpt.ts";
import { ImageError } from "./image-error.ts";

const pattern = (length: number, step: number) =>
  Uint8Array.from({ length }, (_, i) => (i * step + (i >> 8)) & 255);

const parts: DiskParts = {
  loader: pattern(20_001, 7),
  boot: pattern(1_500_000, 13),
  options: { smoke: "1", panic: "halt" },
};

function inFolder(use: (folder: string) => void): void {
  const folder = mkdtempSync(join(tmpdir(), "leivos-image-"));
  try {
    use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function run(command: string, ...args: string[]) {
  const { status, stdout, stderr } = spawnSync(command, args, { maxBuffer: 1 << 28 });
  return { status, text: `${stdout}${stderr}`, stdout };
}

test("sgdisk finds no problem in the partition table", (t) => {
  inFolder((folder) => {
    const image = join(folder, "disk.img");
    writeDiskImage(image, parts);
    const { status, text } = run("/sbin/sgdisk", "-v", image);
    t.is(status, 0, text);
    t.regex(text, /No problems found/);
    t.notRegex(text, /corrupt|damaged|mismatch/i);
    t.regex(run("/sbin/sgdisk", "-p", image).text, /2048 .* EF00 {2}LeivOS/);
  });
});

test("fsck.fat accepts the volume and mtools reads each file back", (t) => {
  inFolder((folder) => {
    const image = join(folder, "disk.img");
    const volume = join(folder, "esp.img");
    writeDiskImage(image, parts);
    run("dd", `if=${image}`, `of=${volume}`, "bs=1M", "skip=1");
    const check = run("/sbin/fsck.fat", "-n", "-v", volume);
    t.is(check.status, 0, check.text);
    t.regex(check.text, /2 FATs, 32 bit entries/);
    const read = (path: string) => run("mtype", "-i", volume, `::${path}`).stdout;
    t.deepEqual(read("EFI/BOOT/BOOTX64.EFI"), Buffer.from(parts.loader));
    t.deepEqual(read("leivos/boot.img"), Buffer.from(parts.boot));
    t.is(read("leivos/options").toString(), "smoke=1\npanic=halt\n");
  });
});

test("a volume larger than the minimum has room for all of its files", (t) => {
  inFolder((folder) => {
    const image = join(folder, "disk.img");
    const volume = join(folder, "esp.img");
    writeDiskImage(image, { ...parts, boot: pattern(60_000_000, 3) });
    run("dd", `if=${image}`, `of=${volume}`, "bs=1M", "skip=1");
    const check = run("/sbin/fsck.fat", "-n", volume);
    t.is(check.status, 0, check.text);
  });
});

test("fsck.fat refuses the volume when one chain is broken", (t) => {
  inFolder((folder) => {
    const image = join(folder, "disk.img");
    const volume = join(folder, "esp.img");
    writeDiskImage(image, parts);
    run("dd", `if=${image}`, `of=${volume}`, "bs=1M", "skip=1");
    run("dd", "if=/dev/zero", `of=${volume}`, "bs=4", "seek=4200", "count=1", "conv=notrunc");
    t.not(run("/sbin/fsck.fat", "-n", volume).status, 0);
  });
});

test("the same parts give the same bytes", (t) => {
  inFolder((folder) => {
    writeDiskImage(join(folder, "a.img"), parts);
    writeDiskImage(join(folder, "b.img"), parts);
    t.true(readFileSync(join(folder, "a.img")).equals(readFileSync(join(folder, "b.img"))));
  });
});

test("extents lie within the disk and do not overlap", (t) => {
  const { extents, size } = diskImage(parts);
  let end = 0;
  for (const { offset, bytes } of extents.toSorted((a, b) => a.offset - b.offset)) {
    t.true(offset >= end, `extent at ${offset} begins before ${end}`);
    end = offset + bytes.length;
  }
  t.true(end <= size);
});

test("both headers carry the checksum of themselves", (t) => {
  const { extents } = diskImage(parts);
  const headers = extents.filter(({ bytes }) =>
    Buffer.from(bytes).toString("latin1").startsWith("EFI PART"),
  );
  t.is(headers.length, 2);
  for (const { bytes } of headers) {
    const copy = Buffer.from(bytes.subarray(0, 92));
    const stored = copy.readUInt32LE(16);
    copy.writeUInt32LE(0, 16);
    t.is(crc32(copy), stored);
  }
});

test("CRC-32 of the digits 1 to 9 is the catalogue's check value", (t) => {
  t.is(crc32(Buffer.from("123456789")), 0xcbf43926);
});

test("a GUID's first three fields are stored in little-endian order", (t) => {
  // UEFI 2.10, appendix A: the EFI system partition's type as bytes on disk.
  const stored = Buffer.from(guidBytes("C12A7328-F81F-11D2-BA4B-00A0C93EC93B")).toString("hex");
  t.is(stored, "28732ac11ff8d211ba4b00a0c93ec93b");
});

test("names of the form 8.3 keep their case by flags", (t) => {
  t.deepEqual(shortName("boot.img"), { bytes: Buffer.from("BOOT    IMG"), lower: 0x18 });
  t.deepEqual(shortName("BOOTX64.EFI"), { bytes: Buffer.from("BOOTX64 EFI"), lower: 0 });
});

for (const name of ["options.conf", "ninechars", "a b", "Mixed.img", ".x", "a..b", ""]) {
  test(`the name "${name}" is refused`, (t) => {
    const error = t.throws(() => shortName(name), { instanceOf: ImageError });
    t.is(error.code, "bad_name");
  });
}

test("more than 14 names in one folder are refused, not dropped", (t) => {
  const files = Object.fromEntries(
    Array.from({ length: 20 }, (_, i) => [`f/n${i}`, Uint8Array.of(i)]),
  );
  const error = t.throws(() => fat32(files, 0, 0), { instanceOf: ImageError });
  t.is(error.code, "too_large");
});

test("options with a line break or beyond 4096 bytes are refused", (t) => {
  t.throws(() => optionsText({ a: "1\nb=2" }), { instanceOf: ImageError });
  t.throws(() => optionsText({ "a b": "1" }), { instanceOf: ImageError });
  t.throws(() => optionsText({ a: "x".repeat(4095) }), { instanceOf: ImageError });
  t.is(optionsText({ seed: "7" }), "seed=7\n");
});
