/** T06xx to T08xx: memory, secrets, profiles, compile time. */
import { type CodePage, page } from "./page.ts";

export const ruleCodes: readonly CodePage[] = [
  page("T0601", "May be null", "A `*T` is nullable; only a `*!T` can be followed.", "Test it against null, or write `p!`.", "fn f(p: *i64) -> i64 { return *p; }", "fn f(p: *i64) -> i64 { if (p == null) { return 0; } return *p; }"),
  page("T0602", "No right to write", "The way to this place is `const`, or the variable is immutable.", "Take a pointer or slice without `const`, or declare with `var`.", "fn f(a: []const u8) { a[0] = 1; }", "fn f(a: []u8) { a[0] = 1; }"),
  page("T0603", "A pointer that outlives its target", "What it points to ends before the place in which it would be kept.", "Return a copy, or take the memory as a parameter.", "@profile(t1);\nfn f() -> []i64 { var a = [1, 2]; return a[..]; }", "@profile(t1);\nfn f(a: []i64) -> []i64 { return a[..]; }"),
  page("T0604", "No place in memory", "A temporary value has no address.", "Store it in a variable first.", "let p = &(1 + 2);", "var x = 1 + 2;\n    let p = &x;"),
  page("T0605", "A captured pointer", "A closure may live longer than what a pointer points to.", "Capture a string, a number or a `dyn`.", "fn main() { var a = [1]; let s = a[..]; let f = fn() => s.len; }", "fn main() { var a = [1]; let n = a.len; let f = fn() => n; }"),
  page("T0606", "Not assignable", "Constants, `let` variables, parameters and loop variables keep their value.", "Declare it with `var`, or copy it into one.", "let x = 1;\n    x = 2;", "var x = 1;\n    x = 2;"),
  page("T0701", "No such secret", "`secret` goes with integers, `bool` and vectors, and arrays and slices of them.", "Make the parts secret.", "@profile(t0);\nfn f(s: secret f64) {}", "@profile(t0);\nfn f(s: secret u64) {}"),
  page("T0702", "A secret where a public value is expected", "A secret stays secret.", "Keep the target secret, or call `declassify(x)`.", "@profile(t0);\nfn f(s: secret u32) -> u32 { return s; }", "@profile(t0);\nfn f(s: secret u32) -> u32 { return declassify(s); }"),
  page("T0703", "A secret that would leak", "Branches, indices, divisions, traps and text show a secret through time or output.", "Use `select`, masks and wrapping operators.", "@profile(t0);\nfn f(s: secret u32) -> secret u32 { return s + s; }", "@profile(t0);\nfn f(s: secret u32) -> secret u32 { return s +% s; }"),
  page("T0704", "Not in this profile", "t0 has no `string`, t1 has no dynamic values and closures, t2 has no `union`.", "Raise the profile, or use another type.", "@profile(t1);\nfn f(d: dyn) {}", "@profile(t2);\nfn f(d: dyn) {}"),
  page("T0705", "An import of a higher profile", "t0 imports t0, t1 imports t0 and t1, t2 imports all.", "Raise the profile of this module.", '@profile(t0);\nimport io from "io";\nfn main() {}', '@profile(t1);\nimport io from "io";\nfn main() {}'),
  page("T0801", "`@emit` in the wrong place", "`@emit` works in `@tape` code, fields inside structs, declarations at top level.", "Move it.", "@emit let x = 1;", "@tape { @emit let x = 1; }"),
  page("T0802", "Compile-time code at run time", "A `@tape fn` runs only at compile time.", "Call it in `@tape { ... }`.", "@tape fn f() {}\nfn main() { f(); }", "@tape fn f() {}\n@tape { f(); }\nfn main() {}"),
  page("T0803", "A compile-time check failed", "An `@assert` is false, or `@compile_error` was reached.", "Mend what the message names.", "@assert(1 == 2);", "@assert(1 == 1);"),
  page("T0804", "A run-time `@assert`", "Outside tests, `@assert` takes a constant.", "Write `if (!...) { @trap(\"...\"); }`.", "var x = 1;\n    @assert(x == 1);", 'var x = 1;\n    if (x != 1) { @trap("x is not 1"); }'),
  page("T0805", "A test assertion outside a test", "`@assert_err`, `@assert_trap`, `@fail` and `@skip` belong into `test` blocks.", "Move it into a test.", '@fail("no");', "@assert(true);"),
  page("T0806", "No such file to embed", "`@embed` takes the constant path of a file of at most 1 MiB beside this one.", "Mend the path.", 'let b = @embed("missing.bin");', "let b = \"text\";"),
  page("T0807", "Compile-time code went wrong", "A `@tape` block used something that does not exist or work at compile time.", "Mend what the message names.", "@tape { let a = missing; }\nfn main() {}", "@tape { let a = 1; }\nfn main() {}"),
  page("T0808", "Compile-time code does not end", "All `@tape` code together takes at most 10,000,000 steps.", "End the loop.", "@tape { while (true) { } }\nfn main() {}", "@tape { while (false) { } }\nfn main() {}"),
];
