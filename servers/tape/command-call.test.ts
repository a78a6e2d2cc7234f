import test from "ava";
import fc from "fast-check";
import { commandCall } from "./command-call.ts";

const names = { functions: ["greet"], others: ["a", "n"] };
const call = (line: string) => {
  const made = commandCall(line, names, ["net"]);
  return "text" in made ? made.text : made.refused;
};

test("a bare word and what follows is a call with strings", (t) => {
  t.is(call("greet"), "greet()");
  t.is(call("greet world"), 'greet("world")');
  t.is(call("  greet  world 'a  b' \"c\" d\\ e "), 'greet("world", "a  b", "c", "d e")');
  t.is(call("greet '{n} \\ \"q\"'"), 'greet("\\{n\\} \\\\ \\"q\\"")');
  t.is(call("greet -v /svc/net"), 'greet("-v", "/svc/net")');
  t.is(call("kill netd"), 'kill("netd")');
  t.is(call("ps |> each(f)"), "ps() |> each(f)");
  t.is(call("greet 'x"), "a quote is open; end it with '");
});

test("Tape stays as it is", (t) => {
  for (const line of [
    "a",
    "a + 2",
    "a = 3",
    "a -n",
    "n-a",
    "greet()",
    'greet("x")',
    'greet ("x")',
    "ps() |> where(f)",
    "net.status()",
    "let x = 1",
    "return",
    "fn f() {\n}",
    "6 * 7",
    '"text"',
    "unknown + 1",
    "unknown(1)",
  ])
    t.is(call(line), line);
});

test("what is neither is said in a sentence", (t) => {
  for (const word of ["frobnicate", "no-such-command", "frob x y"])
    t.regex(call(word), /^there is no command `[\w-]+`; `help` lists them$/);
  t.true(call("x".repeat(3000)).length < 100);
});

test("any line becomes Tape or a sentence, and arguments come through whole", (t) => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (line) => {
      commandCall(line, names, []);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[^'\n]{1,9}$/), { minLength: 1 }), (words) => {
      const made = call(`greet ${words.map((word) => `'${word}'`).join(" ")}`);
      const parts = JSON.parse(`[${made.slice(6, -1).replace(/\\([{}])/g, "$1")}]`);
      t.deepEqual(parts, words);
    }),
  );
});
