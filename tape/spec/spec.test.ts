/** Runs every example of the reference on both runtimes and compares its output. */
import { readdirSync, readFileSync } from "node:fs";
import test from "ava";
import { runTests } from "../cli/commands.ts";
import { hosts, memoryStreams } from "../cli/hosts.ts";
import { Machine } from "../interp/machine.ts";
import { compileText, runBoth } from "../testing/run.ts";

const folder = new URL(".", import.meta.url);

/** A whole program: examples may leave out the frame. */
function whole(text: string): string {
  if (text.startsWith("@profile")) return text;
  const imports = ["io", "mem", "math", "string"].filter(
    (m) => new RegExp(`(^|[^.\\w])${m}\\.`).test(text) && !new RegExp(`import ${m} `).test(text),
  );
  const head = `@profile(t1);\n${imports.map((m) => `import ${m} from "${m}";\n`).join("")}`;
  return /(^|\n)(pub )?fn main/.test(text) || /(^|\n)test "/.test(text)
    ? head + text
    : `${head}fn main() {\n${text}}\n`;
}

for (const name of readdirSync(folder).filter((n) => /^\d.*\.md$/.test(n))) {
  const text = readFileSync(new URL(name, folder), "utf8");
  const blocks = [...text.matchAll(/```tape( tests)?\n([\s\S]*?)```\n```output\n([\s\S]*?)```/g)];
  test(`${name}: every example has an output`, (t) => {
    t.is([...text.matchAll(/```tape/g)].length, blocks.length);
    t.true(blocks.length > 0);
  });
  blocks.forEach(([, tests, code, want], i) => {
    test(`${name}, example ${i + 1}`, (t) => {
      if (tests !== undefined) {
        const done = compileText(whole(code), { main: false, tests: true });
        const got = runTests(done, (c) => new Machine(c, hosts(memoryStreams())));
        const lines = got.map(
          (r) =>
            `${r.state} ${r.name}${r.state === "fail" ? `: ${r.text.split("\n")[0].replace(/^trap: test failed: /, "")}` : ""}`,
        );
        t.is(`${lines.join("\n")}\n`, want);
        return;
      }
      const shown = runBoth(whole(code));
      t.is(shown.output + (shown.end.startsWith("trap") ? `${shown.end}\n` : ""), want);
    });
  });
}
