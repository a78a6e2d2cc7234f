// docs/tutorial.md, followed word for word in a copy of the tree: its commands are run and its files written as they stand there.
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { root } from "../setup/paths.mjs";
import { devProcess } from "./dev-process.ts";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("tutorial");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

/** The page's blocks in their order: commands line by line, files with their path. */
type Block = { readonly command: string } | { readonly path: string; readonly text: string };

function blocksOf(page: string): Block[] {
  const blocks = page.matchAll(/(?:`([\w/.-]+)`:\n\n)?```(sh|ts)\n([\s\S]*?)```/g);
  return [...blocks].flatMap(([, path, kind, text]): Block[] => {
    if (kind === "ts") return [{ path: path!, text: text! }];
    return text!
      .trim()
      .split("\n")
      .map((command) => ({ command }));
  });
}

/** Runs a command as a person in the tree does. */
function run(command: string): string {
  const { AVA_PATH: _, ...env } = process.env;
  const bin = join(copy, "node_modules/.bin");
  const own = { ...env, PATH: `${bin}:${process.env["PATH"]}` };
  const line = command.replace(/^npx uusi /, "node sdk/cli/uusi.mjs ").replace(/^npx ava/, "ava");
  const options = { cwd: copy, encoding: "utf8", env: own, timeout: 120_000 } as const;
  const { status, stdout, stderr } = spawnSync("sh", ["-c", line], options);
  if (status !== 0) throw new Error(`${command}: ${status}\n${stdout}${stderr}`);
  return stdout;
}

/** Waits until a command's output matches. */
async function until(command: string, pattern: RegExp): Promise<void> {
  while (!pattern.test(run(command))) await new Promise((next) => setTimeout(next, 300));
}

test("the tutorial's steps work as written", async (t) => {
  t.timeout(300_000);
  const blocks = blocksOf(readFileSync(join(root, "docs/tutorial.md"), "utf8"));
  const expected = new Map<string, RegExp>([
    ["npx uusi new server clock", /servers\/clock\/contract\.ts/],
    ["npx ava servers/clock", /2 tests passed/],
    ["npx uusi log clock", /^clock: serving, in minutes too$[\s\S]*^clock: tick 5$/m],
    ["npx uusi caps clock", /\/svc\/clock/],
    ["npx uusi ps", /^ *\d+ +clock +running .* ([0-9a-f]{8}) {2}\1$/m],
    ["npx uusi kill clock", /^clock was killed$/m],
  ]);
  let dev: ReturnType<typeof devProcess> | undefined;
  let followed = 0;
  try {
    for (const block of blocks) {
      if ("path" in block) writeFileSync(join(copy, block.path), block.text);
      else if (block.command === "npm run setup") followed++;
      else if (block.command === "npx uusi dev --sim") {
        dev = devProcess(copy, "--sim");
        await dev.next(/^dev: watching .*\n/m);
      } else {
        const pattern = expected.get(block.command);
        if (pattern === undefined)
          t.fail(`the page has a command that is not known: ${block.command}`);
        else await until(block.command, pattern);
        followed++;
      }
    }
    t.is(followed, 9);
    t.regex(run("npx uusi ps"), /^clock ended .* ago: killed: by server dev/m);
    const file = join(copy, "servers/clock/state.ts");
    const good = readFileSync(file, "utf8");
    writeFileSync(file, good.slice(0, good.lastIndexOf("}")));
    await dev!.next(/^refused clock because servers\/clock\/state\.ts:\d+:\d+: .*\n/m);
    writeFileSync(file, good.replace("PAUSE = 5", "PAUSE = 2"));
    const answer = await dev!.next(/^(?:swapped|restarted|refused) clock .*\n/m);
    t.regex(answer, /^swapped clock [\d.]+ ms \(paused [\d.]+ ms, 0 streams kept\)/);
    const ps = run("npx uusi ps");
    t.regex(ps, /^ *\d+ +clock +running .* ([0-9a-f]{8}) {2}\1$/m);
    t.notRegex(ps, /^clock runs other code/m);
    await until(
      "npx uusi log clock",
      /^clock: tick (?:\d*[2468])$[\s\S]*^clock: tick (?:\d*[2468])$/m,
    );
    t.regex(run("npx uusi rollback clock"), /^swapped clock /m);
    t.regex(
      run("npx uusi ps"),
      /^clock runs other code than its sources make: npx uusi swap clock$/m,
    );
  } finally {
    dev?.child.kill("SIGINT");
    await dev?.ended;
  }
});
