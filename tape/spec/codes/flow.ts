/** T05xx: errors, optionals, control flow, match. */
import { type CodePage, page } from "./page.ts";

const fail = "enum E { Bad }\nfn f() -> i64 or E { return E.Bad; }\n";

export const flowCodes: readonly CodePage[] = [
  page("T0501", "An ignored error", "The call can fail, and nothing says what happens then.", "Add `or return`, `or value`, or `or { ... err ... }`.", `${fail}fn main() { f(); }`, `${fail}fn main() { f() or 0; }`),
  page("T0502", "May be null", "A member of an optional needs a value.", "Test it against null, write `x!`, or `x or { default }`.", "struct P { x: i64 }\nfn g(p: ?P) -> i64 { return p.x; }", "struct P { x: i64 }\nfn g(p: ?P) -> i64 { if (p == null) { return 0; } return p.x; }"),
  page("T0503", "Never null", "`!` follows something that is never null.", "Remove the `!`.", "let x = 1;\n    let y = x!;", "let x: ?i64 = 1;\n    let y = x!;"),
  page("T0504", "Cannot fail", "`or` follows an expression that always gives a value.", "Remove the `or` part.", "let x = 1 or 2;", "let x = 1;"),
  page("T0505", "No value to replace", "The call gives no value, so there is none to put in its place.", "Write `or { ... }`.", "enum E { Bad }\nfn f() -> void or E { return; }\nfn main() { f() or 1; }", "enum E { Bad }\nfn f() -> void or E { return; }\nfn main() { f() or { }; }"),
  page("T0506", "Leaving a `defer`", "`defer` code runs while the function leaves already.", "Handle the case inside.", "defer { return; }", "defer { let x = 1; }"),
  page("T0507", "No error to return", "`or return` passes an error on, and the function returns none of that kind.", "Declare `-> T or E`, or handle the error.", `${fail}fn g() -> i64 { return f() or return; }`, `${fail}fn g() -> i64 or E { return f() or return; }`),
  page("T0508", "An `or` block without a value", "The block ends without giving a value or leaving.", "End it with a value without `;`, or leave.", `${fail}fn main() { let x = f() or { let y = 1; }; }`, `${fail}fn main() { let x = f() or { 1 }; }`),
  page("T0509", "A closure that returns errors", "Dynamic calls carry no errors.", "Return null or a value.", "enum E { Bad }\nfn main() { let g = fn() -> i64 or E { return 1; }; }", "enum E { Bad }\nfn main() { let g = fn() -> i64 { return 1; }; }"),
  page("T0511", "No error type", "The E of `T or E` is an enum with members from 0 to 2^30.", "Declare an enum.", "fn f() -> i64 or i32 { return 1; }", "enum E { Bad }\nfn f() -> i64 or E { return 1; }"),
  page("T0512", "Never reached", "Something before it always leaves.", "Remove it.", "return;\n    let x = 1;", "let x = 1;\n    return;"),
  page("T0513", "`errdefer` without errors", "The function returns no error.", "Use `defer`.", "errdefer { let x = 1; }", "defer { let x = 1; }"),
  page("T0514", "No effect", "The statement computes a value and drops it.", "Assign it, or remove it.", "var x = 1;\n    x == 2;", "var x = 1;\n    x = 2;"),
  page("T0515", "A missing or wrong return", "The function can end without its value, or returns one that it does not declare.", "Return a value on every path.", "fn f(a: i64) -> i64 { if (a > 0) { return 1; } }", "fn f(a: i64) -> i64 { if (a > 0) { return 1; } return 0; }"),
  page("T0516", "Outside a loop", "`break` and `continue` leave loops.", "Use `return`, or remove it.", "break;", "while (true) { break; }"),
  page("T0517", "An arm without a purpose", "An earlier arm covers the same value.", "Remove the arm.", "match (1) { 1 => { } 1 => { } _ => { } }", "match (1) { 1 => { } 2 => { } _ => { } }"),
  page("T0518", "A `match` with gaps", "Some values have no arm.", "Add the arms, or `_ => { ... }`.", "enum E { A; B }\nfn main() { let e = E.A; match (e) { E.A => { } } }", "enum E { A; B }\nfn main() { let e = E.A; match (e) { E.A => { } E.B => { } } }"),
  page("T0519", "A pattern that does not fit", "The pattern cannot match values of this type, or leaves fields out.", "Name every field, or end with `..`.", "tagged M { A { n: i64; k: i64 } }\nfn main() { let m = M.A { n: 1, k: 2 }; match (m) { M.A { n } => { } } }", "tagged M { A { n: i64; k: i64 } }\nfn main() { let m = M.A { n: 1, k: 2 }; match (m) { M.A { n; .. } => { } } }"),
];
