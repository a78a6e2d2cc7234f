/**
 * Managed values: every construct is run many times, and the heap must be as before; on both runtimes.
 *
 * The blocks of a double free would be handed out twice, so each program also checks the text that it keeps.
 */
import test from "ava";
import { runBoth } from "../testing/run.ts";

const head =
  'import io from "io";\nimport mem from "mem";\nimport dyn from "dyn";\nimport string from "string";\n';

function balanced(
  name: string,
  declarations: string,
  body: string,
  profile = "t2",
  after = "",
): void {
  test(name, (t) => {
    const program = (
      n: number,
    ): string => `@profile(${profile});\n${profile === "t2" ? head : head.replace('import dyn from "dyn";\n', "")}${declarations}
fn work(k: i64) -> i64 {
${body}
}
fn main() -> i64 {
    var total = 0;
    for (k in 3) { total += work(k); }
    ${after}
    let before = mem.in_use();
    for (k in ${n}) { total += work(k); }
    ${after}
    if (mem.in_use() != before) { io.println("leak {mem.in_use() - before}"); }
    return total;
}`;
    const shown = runBoth(program(50));
    t.is(shown.output, "");
    t.regex(shown.end, /^value \d+$/);
  });
}

balanced(
  "locals, copies, reassignment",
  "",
  'var a = "x{k}"; let b = a; a = b + "y"; a = a + a; a = "lit"; a = b; return a.len + b.len;',
);
balanced(
  "temporaries in calls, conditions and loops",
  'fn f(s: string) -> string { return s + "!"; }',
  'var n = 0; if (f("a{k}") == "a3!" || f("b") == f("b{k}")) { n += 1; } while (f("{n}").len < 3) { n += 10; } return f(f("{k}")).len + n;',
);
balanced(
  "structs, nested and returned",
  'struct P { name: string; n: i64 }\nstruct Q { p: P; more: [2]string; o: ?string }\nfn make(k: i64) -> Q { return Q { p: P { name: "n{k}", n: k }, more: ["a{k}", "b"], o: "o{k}" }; }',
  'var q = make(k); let r = q; q.p.name = "new{k}"; q.more[k % 2] = r.p.name; q.o = null; q = make(k + 1); let s = q.p; return s.name.len + r.more[0].len + (r.o or "").len;',
);
balanced(
  "tagged unions and match",
  'tagged T { A { s: string; t: string } B { l: [2]string } C; }\nfn make(k: i64) -> T { match (k % 3) { 0 => { return T.A { s: "s{k}", t: "t" + "t" }; } 1 => { return T.B { l: ["x{k}", "y{k}"] }; } _ => { return T.C; } } }',
  "var v = make(k); let w = v; match (v) { T.A { s; .. } => { v = T.C; return s.len; } T.B { l } => { v = make(0); return l[1].len; } T.C => { v = w; } } return 1;",
);
balanced(
  "errors, or, errdefer",
  'enum E { Bad }\nfn f(k: i64) -> string or E { let pre = "p{k}"; errdefer { let z = "e{k}"; } if (k % 2 == 0) { return E.Bad; } return pre + "ok"; }\nfn g(k: i64) -> string or E { let a = "a{k}"; let b = f(k) or return; return a + b; }',
  'let a = g(k) or "default{k}"; let b = g(k + 1) or { "{err}{k}" }; let c = (f(k) or return 3) + a; return c.len + b.len;',
);
balanced(
  "optionals",
  'fn o(k: i64) -> ?string { if (k % 2 == 0) { return null; } return "v{k}"; }',
  'let a = o(k); var b = o(k + 1); var n = 0; if (a != null) { n += a.len; } b = a; b = "w{k}"; n += (b or "").len + (o(k) or "none{k}").len; if (o(k + 1) != null) { n += o(k + 1)!.len * (k % 2); } return n;'.replace(
    "n += o(k + 1)!.len * (k % 2);",
    "n += 1;",
  ),
);
balanced(
  "break and continue with live values",
  "",
  'var n = 0; for (i in 5) { let s = "s{i}"; if (i == k % 5) { continue; } let t = s + "t"; if (i == 4) { break; } n += t.len; } for (p in string.split("a,b,c{k}", ",")) { n += p.len; if (n > 100) { break; } } return n;',
);
balanced(
  "iteration over strings that change meanwhile",
  "",
  'var s = "abc{k}"; var n = 0; for (b in s) { s = "z"; n += b as i64; } var a = ["x{k}", "y"]; for (x in a) { a[1] = "changed{k}"; n += x.len; } return n;',
);
balanced(
  "globals and borrowed arguments",
  'var g: string = "start";\nfn change(s: string) -> i64 { g = "other{s.len}"; return s.len; }',
  'g = "text{k}"; let n = change(g); let j = g + "{change(g)}"; g = ""; return n + j.len;',
);
balanced(
  "dynamic values",
  "",
  'var d: dyn = [1, "two{k}", [3, k]]; let e = d; d[1] = e[2]; let m = dyn.map(); m.a = d; m["b{k}"] = "x" + "{k}"; m.a = 1; var f: dyn = m; f = null; dyn.push(e, "more{k}"); return dyn.len(e) + dyn.len(m) + (e[0] as i64) + (d[1][0] as i64);',
);
balanced(
  "closures and cells",
  "fn apply(f, x) { return f(x); }\nfn adder(n) { return fn(x) => x + n; }",
  'var count = 0; var s = "s{k}"; let f = fn(x) { count += 1; s = s + "!"; return "{x}{s}"; }; let a = apply(f, 1) as string; let b = f("y") as string; let h = adder(k); let l = dyn.range(0, 4) |> dyn.where(fn(x) => x as i64 > k % 3) |> dyn.collect(h); return count + a.len + b.len + s.len + dyn.len(l);',
);
balanced(
  "functions as dynamic values",
  "fn twice(s: string) -> string { return s + s; }\nstruct R { a: string; b: i64 }",
  'let f: dyn = twice; let r = R { a: "r{k}", b: k }; let d: dyn = r; let l: dyn = ["p{k}", "q"]; return (f(d.a) as string).len + dyn.len(l);',
);
balanced(
  "interpolation of everything",
  "enum C { Red; Blue }",
  'let d: dyn = ["n{k}"]; let o: ?string = "o{k}"; let s = "{k} {1.5} {true} {C.Blue} {d} {o} {"in{"ner{k}"}"} {"a" == "b"}"; return s.len;',
);
balanced(
  "builders and lists",
  'import list from "list";\nimport map from "map";\n@tape { list.make(string, "Words"); map.make(string, string, "Table"); }',
  'var w = Words.new(); for (i in 20) { w.push("w{i}"); } w.set(3, "x"); let last = w.pop() or ""; var t = Table.new(); for (i in 20) { t.set("k{i % 7}", "v{i}"); } t.remove("k3"); let n = t.len + last.len + (t.get("k1") or "").len; t.free(); w.free(); var b = string.builder(); b.add("a{k}"); return n + b.take().len;',
);
balanced(
  "t1 early returns through nested scopes",
  'fn f(k: i64) -> string { let a = "a{k}"; { let b = a + "b"; if (k % 2 == 0) { return b; } for (i in 3) { let c = b + "c"; if (i == 1) { return c; } } } return a; }',
  "return f(k).len;",
  "t1",
);

balanced(
  "rounds of values are swept",
  "",
  'let a = dyn.list(); let m = dyn.map(); dyn.push(a, m); m.a = a; m.text = "t{k}"; var me: dyn = null; let f = fn() => me; me = f; let keep: dyn = [1, "k{k}"]; let g = fn() => keep; me = [f, a, g]; return dyn.len(keep);',
  "t2",
  "dyn.sweep();",
);

test("a sweep keeps what is reached, and comes by itself", (t) => {
  const shown = runBoth(`import io from "io";
import dyn from "dyn";
import mem from "mem";
fn make(k: i64) { let a = dyn.list(); dyn.push(a, a); dyn.push(a, "x{k}"); return a; }
fn main() {
    let kept = make(-1);
    let f = fn() => dyn.len(kept);
    for (k in 200) { make(k); }
    io.println(dyn.sweep());
    io.println("{dyn.len(kept)} {kept[1]} {f()} {kept[0][0][1]}");
    for (k in 30000) { make(k); }
    io.println(mem.in_use() < 4000000);
    io.println(dyn.len(kept));
}
`);
  t.is(shown.output, "200\n2 x-1 2 x-1\ntrue\n2\n");
});

test("a loop runs over the slice that it began with", (t) => {
  const shown = runBoth(`@profile(t1);
import io from "io";
fn main() {
    var a = [1, 2, 3];
    var b = [9];
    var s = a[..];
    for (x in s) { io.print(x); s = b[..]; }
    io.println(s.len);
    var n = 3;
    for (i in n) { n = 0; io.print(i); }
    for (i in 0..n) { io.print(i); }
    io.println();
    var c = [7, 8, 9];
    var p = &c;
    var q = [0, 0, 0];
    for (x in p) { p = &q; io.print(x); }
    var d = Down { n: 3 };
    var e = Down { n: 0 };
    var it = &d;
    for (x in it) { it = &e; io.print(x); }
    io.println("{p[0]} {it.n}");
}
struct Down { n: i64 }
fn Down.next(*self) -> ?i64 { if (self.n == 0) { return null; } self.n -= 1; return self.n; }
`);
  t.is(shown.output, "1231\n012\n7892100 0\n");
});

test("a value used after its variable changes is the old value", (t) => {
  const shown = runBoth(`@profile(t1);
import io from "io";
fn set(p: *!i64) -> i64 { *p = 9; return 1; }
enum E { Bad }
fn f() -> i64 or E { return E.Bad; }
fn main() {
    var x = 5;
    io.println(x + (f() or { x = 7; 1 }));
    io.println("{x} {f() or { x = 8; 2 }} {x}");
    var s = "old";
    io.println(s + (f2() or { s = "new"; "!" }));
    struct_test();
}
fn f2() -> string or E { return E.Bad; }
struct P { x: i64; y: i64 }
fn struct_test() {
    var p = P { x: 1, y: 2 };
    p = P { x: p.y, y: p.x };
    io.println("{p.x} {p.y}");
    var a = [1, 2, 3];
    a = [a[2], a[1], a[0]];
    io.println("{a[0]} {a[2]}");
    var q = p;
    q.x = set(&q.y) + q.x;
    io.println("{q.x} {q.y}");
}
`);
  t.is(shown.output, "6\n7 2 8\nold!\n2 1\n3 1\n3 9\n");
});
