// The command line as a person meets it: `uusi` run as a program of its own.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";

/** Runs `uusi` with a PATH of its own. */
function uusi(args: string[], path = process.env.PATH) {
  const entry = join(process.cwd(), "sdk/cli/uusi.mjs");
  const env = { ...process.env, PATH: path };
  const run = spawnSync(process.execPath, [entry, ...args], { encoding: "utf8", env });
  return { code: run.status, out: run.stdout, err: run.stderr };
}

test("doctor finds all that set-up installed", (t) => {
  const { code, out } = uusi(["doctor", "--json"]);
  const list = JSON.parse(out) as { name: string; ok: boolean; found: string }[];
  t.is(code, 0, out);
  t.true(list.every(({ ok }) => ok));
  t.true(list.some(({ name }) => name === "zig"));
});

test("doctor names what a PATH lacks, and the command that mends it", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "leivos-path-"));
  symlinkSync("/usr/bin/nasm", join(folder, "nasm"));
  const { code, out } = uusi(["doctor"], folder);
  rmSync(folder, { recursive: true });
  t.is(code, 1);
  t.regex(out, /^\[ok\] {6}nasm: .*\/nasm$/m);
  t.regex(
    out,
    /^\[missing\] the Debian package qemu-system-x86 is missing .*; run: .*apt-get install.* qemu-system-x86$/m,
  );
  t.notRegex(out, /the Debian package nasm is missing/);
});

const wrong: [string[], RegExp][] = [
  [["boto"], /^uusi: there is no command "boto"; did you mean boot\?\n$/],
  [["elephant"], /^uusi: there is no command "elephant"; there are: .*boot.*\n$/],
  [["boot", "--cpu", "2"], /^uusi boot: there is no flag --cpu; did you mean --cpus\?\n$/],
  [["boot", "--memory", "lots"], /^--memory lots: .*\n$/],
  [["image"], /^uusi image: where to\? give --out leivos.img\n$/],
  [["image", "--out", "x.img"], /^uusi image: .*--allow-development-password.*\n$/],
  [["image", "--out", "x.img", "--accounts", "/none"], /^--accounts \/none can't be read: .*\n$/],
  [["doctor", "--yaml"], /^uusi doctor: there is no flag --yaml; .*\n$/],
];
for (const [args, message] of wrong) {
  test(`one clear line and exit code 2: uusi ${args.join(" ")}`, (t) => {
    const { code, out, err } = uusi(args);
    t.is(code, 2);
    t.is(out, "");
    t.regex(err, message);
  });
}

test("every command has a help text", (t) => {
  const { code, out } = uusi(["--help"]);
  t.is(code, 0);
  const names = [...out.matchAll(/^ {2}([a-z]+) +\S/gm)].map(([, name]) => name!);
  t.true(names.includes("boot") && names.includes("doctor"));
  for (const name of names) {
    const help = uusi([name, "--help"]);
    t.is(help.code, 0, name);
    t.regex(help.out, new RegExp(`npx uusi ${name}`));
  }
});
