import test from "ava";
import { inlineConstants } from "./inline-constants.ts";

const from = 'import { errors, limits, layouts as shapes } from "../abi/table.ts";';

test("constants become literals, lines stay", (t) => {
  const source = `${from}\nconst a = limits.PAGE_BYTES + x.limits.PAGE_BYTES;\nat(shapes.event.HEADER);`;
  t.is(inlineConstants(source), `${from}\nconst a = 4096 + x.limits.PAGE_BYTES;\nat(40);`);
});

test("objects and negative numbers are put in brackets, unknown names stay", (t) => {
  t.regex(inlineConstants(`${from}\nuse = errors.BAD_HANDLE;`), /\nuse = \(\[-1,".*"\]\);$/);
  t.regex(
    inlineConstants(`${from}\nObject.values(errors)`),
    /\nObject.values\(\{"BAD_HANDLE":\[-1,/,
  );
  t.is(inlineConstants(`${from}\nlimits.NO_SUCH_LIMIT`), `${from}\nlimits.NO_SUCH_LIMIT`);
  t.is(
    inlineConstants(`${from}\nfor (const k in errors) f(k);`),
    `${from}\nfor (const k in errors) f(k);`,
  );
});

test("system calls become their numbers", (t) => {
  const source =
    'import { systemCalls } from "./system-call.ts";\nsys(systemCalls.handle_close, 5);';
  t.regex(inlineConstants(source), /sys\(1, 5\)/);
});

test("names of other modules are left alone", (t) => {
  const source = 'import { limits } from "./other.ts";\nlimits.PAGE_BYTES';
  t.is(inlineConstants(source), source);
});

test("a module's own numbers are put where they are used", (t) => {
  const source = [
    from,
    "const HEAD = limits.PAGE_BYTES + 8;",
    "export const PLACE: number = (HEAD >> 2) + 1;",
    "const f = (words) => words[PLACE] + HEAD; // HEAD",
    "g(HEAD, 1); g(1, HEAD); h(x ? HEAD + 1 : 2);",
  ].join("\n");
  const lines = inlineConstants(source).split("\n");
  t.is(lines[1], "const HEAD = 4096 + 8;");
  t.is(lines[2], "export const PLACE: number = (4104 >> 2) + 1;");
  t.is(lines[3], "const f = (words) => words[1027] + 4104; // HEAD");
  t.is(lines[4], "g(4104, 1); g(1, 4104); h(x ? 4104 + 1 : 2);");
});

test("names that are no uses of the number stay", (t) => {
  for (const line of [
    "say(\"HEAD\", `${HEAD}`, 'HEAD');",
    "const o = { HEAD, HEAD: 1 }, { HEAD: y } = o.HEAD;",
    "export { HEAD };",
    "type T = typeof HEAD;",
    "const HEADER = MY_HEAD + $HEAD;",
  ])
    t.is(inlineConstants(`const HEAD = 5;\n${line}`), `const HEAD = 5;\n${line}`);
  const hidden = "const HEAD = 5;\nfunction f() {\n  const HEAD = 6;\n  return HEAD;\n}";
  t.is(inlineConstants(hidden), hidden);
  for (const value of ["-1", "1 / 3", "2 ** 60", "f(1)", "[1]"])
    t.is(
      inlineConstants(`const HEAD = ${value};\nuse(HEAD);`),
      `const HEAD = ${value};\nuse(HEAD);`,
    );
});
