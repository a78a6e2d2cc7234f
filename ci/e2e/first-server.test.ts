// The README's first server: its files are taken from the README as they stand, and its steps are followed on a copy of the tree.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test from "ava";
import { root } from "../setup/paths.mjs";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("first");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

const readme = readFileSync(join(root, "README.md"), "utf8");
const section = readme.slice(readme.indexOf("\n## A first server"));

test("the steps of the README's first server work as written", async (t) => {
  t.timeout(240_000);
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
