/** T01xx and T02xx: characters, numbers, strings, the shape of programs. */
import { type CodePage, page } from "./page.ts";

export const textCodes: readonly CodePage[] = [
  page("T0101", "A character without meaning", "The character is no part of the language; quotes are always `\"`.", "Remove it. A byte is written `\"A\"[0]` or `0x41`.", "let c = 'a';", 'let c = "a"[0];'),
  page("T0102", "A comment that is never closed", "A `/*` has no `*/`. Comments nest, so every `/*` needs its own.", "Add `*/`.", "/* a /* b */\nfn main() {}", "/* a /* b */ */\nfn main() {}"),
  page("T0103", "Not a number", "Digits of the wrong base, a `_` that stands not between digits, or letters right after a number.", "Write the number in digits of its base.", "let x = 0b12;", "let x = 0b11;"),
  page("T0104", "A string that is never closed", "The line ends before the closing quote.", "Close it, or use `\"\"\"` for several lines.", 'let s = "abc;', 'let s = "abc";'),
  page("T0105", "Regions are not supported", "`#code` and its like belong to another dialect.", "Remove the mark; tests are `test \"name\" { ... }` at top level.", "#code\nfn main() {}", "fn main() {}"),
  page("T0106", "No such escape", "A `\\` in a string is followed by something that is no escape.", "Use one of \\n \\t \\r \\\\ \\\" \\0 \\xHH \\u{...} \\{ \\}, or a raw string `r\"\"\"...\"\"\"`.", 'let s = "a\\qb";', 'let s = "a\\\\qb";'),
  page("T0201", "Something is missing", "The program stops making sense at this place: most often a `;`, a `)` or a `}` is missing just before it.", "Add what the message names.", "let a = 1\n    let b = a;", "let a = 1;\n    let b = a;"),
  page("T0202", "A name is missing", "A declaration needs a name here.", "Write the name.", "let = 3;", "let x = 3;"),
  page("T0203", "A reserved word as a name", "The word is part of the language.", "Choose another name.", "let match = 3;", "let found = 3;"),
  page("T0204", "Nested too deeply", "Expressions, types and blocks nest at most 200 deep.", "Split the code with names and functions.", `let x = ${"(".repeat(250)}1${")".repeat(250)};`, "let x = (((1)));"),
  page("T0205", "An expression is missing", "Something else stands where a value is needed.", "Write the value; `if` and `match` are statements and give none.", "let x = ;", "let x = 1;"),
  page("T0206", "Comparisons do not chain", "`a < b < c` would compare a bool with a number.", "Write `a < b && b < c`.", "let ok = 1 < 2 < 3;", "let ok = 1 < 2 && 2 < 3;"),
  page("T0207", "A declaration inside a function", "Functions, types and imports stand at top level.", "Move it out, or use a closure in a script.", "fn main() { fn inner() {} }", "fn inner() {}\nfn main() { inner(); }"),
  page("T0208", "A condition without parentheses", "Conditions stand in parentheses.", "Write `if (...) { ... }`.", "if true { }", "if (true) { }"),
  page("T0209", "`=` in a condition", "`=` assigns and gives no value.", "Write `==`.", "var x = 1;\n    if (x = 2) { }", "var x = 1;\n    if (x == 2) { }"),
  page("T0210", "Too many arguments of an attribute", "An attribute takes at most 16 arguments.", "Split it in two.", `attr mark(a: i64);\n@mark(${"1, ".repeat(16)}1)\nfn f() {}`, "attr mark(a: i64);\n@mark(1)\nfn f() {}"),
  page("T0211", "No declaration", "Top level holds imports and declarations only.", "Put statements into a function.", "fnction f() {}\nfn main() {}", "fn f() {}\nfn main() {}"),
  page("T0212", "No generics", "Functions and types take no type parameters.", "Write a template: `@tape fn make(T: type) { @emit struct ... }`.", "struct Box<T> { v: i64 }", "struct Box { v: i64 }"),
  page("T0213", "A wrong profile", "`@profile` names t0, t1 or t2, and comes first.", "Mend the name or move the line up.", "@profile(t9);\nfn main() {}", "@profile(t1);\nfn main() {}"),
];
