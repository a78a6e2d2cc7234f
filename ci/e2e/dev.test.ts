// `uusi dev` in a copy of the tree, on the simulated nucleus: each save is answered by one line, and the end leaves nothing behind.
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("dev");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

/** Runs `uusi dev`; `line` waits for the next whole line that matches, `since` gives all lines since the last wait. */
function dev(...flags: string[]) {
  const main = join(copy, "sdk/cli/main.ts");
  const child = spawn(process.execPath, [main, "dev", ...flags], {
    cwd: copy,
    stdio: ["pipe", "pipe", "pipe"],
  });
  let text = "";
  let errors = "";
  let read = 0;
  let look = () => {};
  child.stdout.setEncoding("utf8").on("data", (part: string) => {
    text += part;
    look();
  });
  child.stderr.setEncoding("utf8").on("data", (part: string) => {
    errors += part;
  });
  const ended = new Promise<number | null>((resolve) => {
    child.once("close", (code) => {
      resolve(code);
      look();
    });
  });
  const line = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      look = () => {
        const match = pattern.exec(text.slice(read));
        if (match !== null) {
          look = () => {};
          read += match.index + match[0].length;
          resolve(match[0]);
        } else if (child.exitCode !== null) reject(new Error(`it ended: ${text}${errors}`));
      };
      look();
    });
  return { child, line, ended, all: () => text };
}

test.serial("each save has its line, a bad one too, and Ctrl-C leaves nothing", async (t) => {
  t.timeout(120_000);
  const { child, line, ended, all } = dev("--sim");
  const file = join(copy, "servers/random/main.ts");
  const good = readFileSync(file, "utf8");
  const answers = () => all().match(/^(?:swapped|restarted|refused|kept|unchanged) .*$/gm) ?? [];
  try {
    await line(/^dev: watching .*\n/m);
    t.is(readdirSync(join(copy, "build/machines")).length, 1);
    writeFileSync(file, good.replace("no source of entropy", "nothing random at all"));
    await line(/^(?:swapped|restarted|refused) random .*\n/m);
    writeFileSync(file, `${good}}\n`);
    t.regex(
      await line(/^refused random .*\n/m),
      /^refused random because servers\/random\/main\.ts:\d+:1: Unexpected "}"\n$/,
    );
    writeFileSync(join(copy, "servers/dev/door.test.ts"), "// changed\n");
    await line(/^kept the system as it is: servers\/dev\/door\.test\.ts is no part of .*\n/m);
    writeFileSync(file, `${good}\nexport const wrong: number = "text";\n`);
    await line(/^(?:swapped|restarted|refused) random .*\n/m);
    t.regex(await line(/^types: .*\n/m), /^types: servers\/random\/main\.ts:\d+:14: TS2322: /);
    t.is(answers().length, 4, all());
  } finally {
    child.kill("SIGINT");
  }
  await ended;
  t.deepEqual(readdirSync(join(copy, "build/machines")), []);
});

test.serial("strict: a fault of types keeps the code out", async (t) => {
  t.timeout(120_000);
  const { child, line, ended } = dev("--sim", "--strict");
  const file = join(copy, "servers/i8042/main.ts");
  const good = readFileSync(file, "utf8");
  try {
    await line(/^dev: watching .*\n/m);
    writeFileSync(file, `${good}\nexport const wrong: number = "text";\n`);
    t.regex(
      await line(/^(?:swapped|restarted|refused) i8042 .*\n/m),
      /^refused i8042 because servers\/i8042\/main\.ts:\d+:14: TS2322: /,
    );
  } finally {
    child.kill("SIGINT");
  }
  await ended;
});
