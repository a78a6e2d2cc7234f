// `uusi dev` in a copy of the tree, on the simulated nucleus: each save is answered by one line, and the end leaves nothing behind.
import { appendFileSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { devProcess } from "./dev-process.ts";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("dev");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

test.serial("each save has its line, a bad one too, and Ctrl-C leaves nothing", async (t) => {
  t.timeout(300_000);
  const { child, next, ended, all } = devProcess(copy, "--sim");
  const file = join(copy, "servers/random/main.ts");
  const good = readFileSync(file, "utf8");
  const answers = () => all().match(/^(?:swapped|restarted|refused|kept|unchanged) .*$/gm) ?? [];
  try {
    await next(/^dev: watching .*\n/m);
    t.is(readdirSync(join(copy, "build/machines")).length, 1);
    writeFileSync(file, good.replace("no source of entropy", "nothing random at all"));
    await next(/^(?:swapped|restarted|refused) random .*\n/m);
    writeFileSync(file, `${good}}\n`);
    t.regex(
      await next(/^refused random .*\n/m),
      /^refused random because servers\/random\/main\.ts:\d+:1: Unexpected "}"\n$/,
    );
    writeFileSync(join(copy, "servers/dev/door.test.ts"), "// changed\n");
    await next(/^kept the system as it is: servers\/dev\/door\.test\.ts is no part of .*\n/m);
    writeFileSync(file, `${good}\nexport const wrong: number = "text";\n`);
    await next(/^(?:swapped|restarted|refused) random .*\n/m);
    t.regex(await next(/^types: .*\n/m), /^types: servers\/random\/main\.ts:\d+:14: TS2322: /);
    appendFileSync(join(copy, "tape/kernels/cells.tape"), "// saved\n");
    t.regex(await next(/^(?:swapped|restarted|refused|kept) .*\n/m), /^swapped console /);
    const keeper = join(copy, "servers/codekeeper/main.ts");
    writeFileSync(
      keeper,
      readFileSync(keeper, "utf8").replace("is not the image's: refused", "is nobody's: refused"),
    );
    t.regex(
      await next(/^(?:swapped|restarted|refused|kept) .*\n/m),
      /^swapped codekeeper .* streams? kept\)/,
    );
    // by the channel that init had before, it seals the console's new kernel
    appendFileSync(join(copy, "tape/kernels/cells.tape"), "// saved again\n");
    t.regex(await next(/^(?:swapped|restarted|refused|kept) .*\n/m), /^swapped console /);
    t.is(answers().length, 7, all());
  } finally {
    child.kill("SIGINT");
  }
  await ended;
  t.deepEqual(readdirSync(join(copy, "build/machines")), []);
});

test.serial("strict: a fault of types keeps the code out", async (t) => {
  t.timeout(120_000);
  const { child, next, ended } = devProcess(copy, "--sim", "--strict");
  const file = join(copy, "servers/i8042/main.ts");
  const good = readFileSync(file, "utf8");
  try {
    await next(/^dev: watching .*\n/m);
    writeFileSync(file, `${good}\nexport const wrong: number = "text";\n`);
    t.regex(
      await next(/^(?:swapped|restarted|refused) i8042 .*\n/m),
      /^refused i8042 because servers\/i8042\/main\.ts:\d+:14: TS2322: /,
    );
  } finally {
    child.kill("SIGINT");
  }
  await ended;
});
