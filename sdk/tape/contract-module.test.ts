import test from "ava";
import { call, contract, event } from "../contract/contract.ts";
import {
  array,
  bool,
  bytes,
  f64,
  handle,
  i32,
  oneof,
  optional,
  string,
  u8,
  u16,
  u64,
} from "../contract/field.ts";
import { readFileSync } from "node:fs";
import { libraryText } from "../../tape/cli/reader.ts";
import { compileFile } from "../../tape/compile.ts";
import { tapeModule } from "./contract-module.ts";

const Things = contract("things", 2, {
  move: call(
    { from: string, match: u8, by: i32, far: f64, hard: bool, how: oneof("a", "b") },
    { type: u16, size: u64 },
  ),
  clear: call({}, {}),
  open: call({ name: string }, { end: handle("endpoint") }),
  all: call({ names: array(string), key: bytes, more: optional(u8) }, {}),
  keys: call({ list: array(bytes) }, {}),
  happened: event({ what: string }),
});

const modules: { [name: string]: string } = {
  "svc:things": tapeModule("things", Things),
  bridge: readFileSync(new URL("bridge.tape", import.meta.url), "utf8"),
};

/** Codes of the errors of statements that use the module. */
function errors(statements: string): string[] {
  const reader = {
    folders: [],
    file: () => undefined,
    library: (name: string) => modules[name] ?? libraryText(name),
  };
  const text = `import things from "svc:things";\nimport io from "io";\nfn main() { ${statements} }`;
  return compileFile("t.tape", reader, { text }).report.list.map(
    (each) => `${each.code} ${each.message}`,
  );
}

test("calls are functions with the contract's types", (t) => {
  t.deepEqual(
    errors(
      'let r = things.move("x", 255, -5, 0.5, true, "a"); io.println("{r.type_ + 1} {r.size}");',
    ),
    [],
  );
  t.deepEqual(errors("things.clear();"), []);
  t.deepEqual(errors('io.println(things.move("x", 1, 1, 1.0, true, "a").record());'), []);
  t.regex(errors('things.move("x", 256, -5, 0.5, true, "a");')[0] ?? "", /256 does not fit in u8/);
  t.regex(errors('things.move(1, 1, 1, 1.0, true, "a");')[0] ?? "", /string/);
  t.regex(errors('things.move("x");')[0] ?? "", /^T/);
});

test("lists, bytes and what may be missing are dynamic values", (t) => {
  t.deepEqual(errors('things.all(["a", "b"], "key", null); things.all(["a"], [1, 255], 7);'), []);
  t.regex(errors('things.all(["a"], "key");')[0] ?? "", /^T/);
});

test("what a script can't hold is left out", (t) => {
  t.regex(errors('things.open("x");')[0] ?? "", /open/);
  t.regex(errors("things.keys([1]);")[0] ?? "", /keys/);
  t.regex(errors("things.happened();")[0] ?? "", /happened/);
});
