// The README's first server: its files are taken from the README as they stand, and its steps are followed on a copy of the tree.
import { execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import test from "ava";
import { root } from "../setup/paths.mjs";

const copy = mkdtempSync(join(tmpdir(), "leivos-first-"));
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

const readme = readFileSync(join(root, "README.md"), "utf8");
const section = readme.slice(readme.indexOf("\n## A first server"));

/** The tree without what is built or installed; those come from here. */
function copyTree(): void {
  const files = execFileSync(
    "git",
    ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
    {
      cwd: root,
      encoding: "utf8",
    },
  );
  for (const file of files.split("\0").filter((name) => name && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(root, file), join(copy, file));
  }
  symlinkSync(join(root, "node_modules"), join(copy, "node_modules"));
  for (const part of ["out", "sim", "state.json"]) {
    const built = join(root, "build", part);
    if (existsSync(built)) cpSync(built, join(copy, "build", part), { recursive: true });
  }
  for (const part of ["tools", "cache"])
    symlinkSync(join(root, "build", part), join(copy, "build", part));
}

test("the steps of the README's first server work as written", async (t) => {
  t.timeout(240_000);
  mkdirSync(join(copy, "build"));
  copyTree();
  const blocks = [...section.matchAll(/`(servers\/[a-z]+\/[a-z]+\.ts)`:\n\n```ts\n([\s\S]*?)```/g)];
  t.is(blocks.length, 5);
  for (const [, path, text] of blocks) {
    mkdirSync(dirname(join(copy, path!)), { recursive: true });
    writeFileSync(join(copy, path!), text!);
  }
  process.chdir(copy); // the build works in the top folder
  const { freshGuest } = await import(join(copy, "ci/qemu/booted-guest.ts"));
  const guest = await freshGuest({ options: { netd_wait: "30000" } });
  try {
    for (const [prompt, answer] of [
      [/leivos login: $/, "dev\n"],
      [/Password: $/, "dev\n"],
    ] as const) {
      await guest.expect(prompt);
      guest.type(answer);
    }
    const [services, first, kill, second] = [...section.matchAll(/^leivos\$ (.+)$/gm)].map(
      (m) => m[1]!,
    );
    const expected = [
      [services!, /\/svc\/clock +clock +running/],
      [first!, /chime: it is 1[0-9]{9}\b/],
      [kill!, /leivos\$ $/],
      [second!, /chime: it is 1[0-9]{9}\b[\s\S]*chime: it is 1[0-9]{9}\b/],
    ] as const;
    await guest.expect(/leivos\$ $/);
    for (const [command, answer] of expected) {
      for (let shown = false; !shown; ) {
        const from = guest.transcript.text.length;
        guest.type(`${command}\n`);
        await guest.expect(/leivos\$ $/);
        shown = answer.test(guest.transcript.text.slice(from));
      }
      t.pass();
    }
  } finally {
    await guest.close();
  }
});
