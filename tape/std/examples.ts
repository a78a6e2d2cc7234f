/**
 * An example of each function of the library: an expression or statements, and what it prints.
 *
 * The reference page shows them and a test runs them, so that neither can go wrong alone. `x` stands for an
 * expression that is printed.
 */
export const examples: Readonly<
  Record<string, readonly (readonly [code: string, output: string])[]>
> = {
  io: [
    ["io.print(1); io.println(true);", "1true"],
    ["io.print_i64(5); io.print_f64(0.5); io.println();", "50.5"],
    ['io.write_bytes("ab\\n");', "ab"],
    ['io.eprintln("to the error output");', "to the error output"],
    ["var b: [4]u8; let n = io.read_bytes(b[..]); io.println(n);", "0"],
    ['io.println(io.read_line() or "end");', "end"],
  ],
  vec: [
    ['vec.mask(vec.load("0123456789abcdef"))', "0"],
    ["var b: [16]u8; let v: u8x16 = [7; 16]; vec.store(b[..], v); io.println(b[15]);", "7"],
    [
      'let v = vec.load("abcdefghijklmnop"); let by: u8x16 = [1; 16]; io.println(vec.shuffle(v, by)[9]);',
      "98",
    ],
    ["let a: u8x16 = [200; 16]; io.println(vec.add_sat(a, a)[0]);", "255"],
    ["let a: u8x16 = [1; 16]; let b: u8x16 = [2; 16]; io.println(vec.sub_sat(a, b)[0]);", "0"],
    ["let a: u8x16 = [1; 16]; let b: u8x16 = [2; 16]; io.println(vec.min(a, b)[0]);", "1"],
    ["let a: u8x16 = [1; 16]; let b: u8x16 = [2; 16]; io.println(vec.max(a, b)[0]);", "2"],
    ["let a: u8x16 = [1; 16]; let b: u8x16 = [2; 16]; io.println(vec.average(a, b)[0]);", "2"],
    ["let a: u8x16 = [1; 16]; io.println(vec.mask(vec.equal(a, a)));", "65535"],
    ["let a: u32x4 = [0x80000001; 4]; io.println(declassify(vec.rotl32(a, 1))[0]);", "3"],
    ["let a: u64x2 = [1; 2]; io.println(declassify(vec.rotl64(a, 65))[1]);", "2"],
    ["io.println(declassify(vec.clmul(3, 3))[0]);", "5"],
    ["let s: u8x16 = [0; 16]; io.println(declassify(vec.aes_round(s, s))[0]);", "99"],
    ["let s: u8x16 = [0; 16]; io.println(declassify(vec.aes_last(s, s))[0]);", "99"],
    [
      "var h: [8]secret u32; var b: [64]secret u8; let k: [64]u32 = [1; 64]; vec.sha256_block(h[..], b[..], k[..]); io.println(declassify(h[0]));",
      "3223215467",
    ],
  ],
  string: [
    ['string.from("abc"[1..])', "bc"],
    ['string.len("héy")', "4"],
    ['string.equal("a", "a")', "true"],
    ['string.compare("a", "b")', "-1"],
    ['string.concat("a", "b")', "ab"],
    ["string.from_i64(-5)", "-5"],
    ["string.from_f64(0.1)", "0.1"],
    ['string.trim("  x y ")', "x y"],
    ['string.starts_with("tape", "ta")', "true"],
    ['string.ends_with("tape", "pe")', "true"],
    ['string.index_of("banana", "an", 2)', "3"],
    ['string.contains("tape", "x")', "false"],
    ['string.to_upper("abC1")', "ABC1"],
    ['string.to_lower("ABc")', "abc"],
    ['string.repeat("ab", 3)', "ababab"],
    ['string.replace("a-b-c", "-", "+")', "a+b+c"],
    ['string.pad_left("7", 3)', "  7"],
    ['string.pad_right("7", 3) + "|"', "7  |"],
    ['string.to_i64("-42")', "-42"],
    ['string.to_i64("9223372036854775808")', "null"],
    ['string.to_i64("-9223372036854775808")', "-9223372036854775808"],
    ['string.to_f64("1e3")', "1000"],
    ['string.to_f64("x")', "null"],
    ["string.fixed(3.14159, 2)", "3.14"],
    ["string.from_code(0x1F600)", "😀"],
    ['for (p in string.split("a,b,,c", ",")) { io.print("[{p}]"); } io.println();', "[a][b][][c]"],
    ['for (l in string.lines("a\\r\\nb\\n")) { io.print("[{l}]"); } io.println();', "[a][b]"],
    ['for (c in string.codes("é\\xFF€")) { io.print("{c} "); } io.println();', "233 65533 8364 "],
    ['var b = string.builder(); b.add("ab"); b.add_byte(33); io.println(b.take());', "ab!"],
  ],
  fs: [
    ['fs.exists("notes/a.txt")', "true"],
    ['fs.size("notes/a.txt") or -1', "6"],
    ['fs.read("notes/a.txt") or "none"', "héllo"],
    ['fs.read("nothing") or { fs.Error.desc(err) }', "there is no such file"],
    [
      'var b: [4]u8; let n = fs.read_at("notes/a.txt", 3, b[..]) or 0; io.println("{n} {b[0]}");',
      "3 108",
    ],
    [
      'for (i in 0..9) { let p = fs.path(i); if (p == null) { break; } io.print("{p} "); } io.println();',
      "empty notes/a.txt ",
    ],
  ],
  net: [
    [
      'var s = net.connect("echo", 7) or { return; }; io.print(s.write("hello") or 0); io.println(s.read() or "?"); s.finish(); io.println((s.read() or "?").len); s.close();',
      "5hello\n0",
    ],
    [
      'var s = net.connect("closed", 9) or { io.println("{err}: {net.why()}"); return; }; s.close();',
      "Refused: nobody listens at port 9",
    ],
    [
      'var l = net.listen(80) or { return; }; var s = l.accept() or { return; }; io.println("{l.port()} {s.read() or "?"}"); s.close(); l.close();',
      "80 GET /",
    ],
    ['net.resolve("echo") or net.why()', "10.0.0.7 10.0.0.8"],
    ['net.ping("10.0.0.7") or -1', "1500000"],
  ],
  math: [
    ["math.sqrt(2.0)", "1.4142135623730951"],
    ["math.floor(-1.5)", "-2"],
    ["math.ceil(1.2)", "2"],
    ["math.trunc(-1.7)", "-1"],
    ["math.round(2.5)", "2"],
    ["math.fabs(-1.5)", "1.5"],
    ["math.fmin(1.0, 2.0)", "1"],
    ["math.fmax(1.0, 2.0)", "2"],
    ["math.copysign(1.0, -0.0)", "-1"],
    ["math.trunc_sat(1e30)", "9223372036854775807"],
    ["math.is_nan(0.0 / 0.0)", "true"],
    ["math.bits(1.0)", "4607182418800017408"],
    ["math.from_bits(0x4000000000000000)", "2"],
    ["math.abs(-3)", "3"],
    ["math.min(2, 3)", "2"],
    ["math.max(2, 3)", "3"],
    ["math.clz(1)", "63"],
    ["math.ctz(8)", "3"],
    ["math.popcount(255)", "8"],
    ["math.rotl(1, 65)", "2"],
    ["math.rotl32(1, 31)", "2147483648"],
    ["math.rotr32(1, 1)", "2147483648"],
    ["math.mulhi(1 << 63, 4)", "2"],
    ["math.fmod(7.5, 2.0)", "1.5"],
    ["string.fixed(math.exp(1.0), 13)", "2.7182818284590"],
    ["math.ln(math.E)", "1"],
    ["math.log2(8.0)", "3"],
    ["string.fixed(math.log10(1000.0), 12)", "3.000000000000"],
    ["math.powi(2.0, -2)", "0.25"],
    ["math.pow(2.0, 10.0)", "1024"],
    ["string.fixed(math.sin(1.0), 14)", "0.84147098480790"],
    ["string.fixed(math.cos(1.0), 14)", "0.54030230586814"],
    ["string.fixed(math.tan(1.0), 12)", "1.557407724655"],
    ["string.fixed(math.atan(1.0) * 4.0, 13)", "3.1415926535898"],
    ["string.fixed(math.atan2(1.0, -1.0), 12)", "2.356194490192"],
  ],
  mem: [
    [
      "let p = mem.alloc(16); mem.set(p, 7, 16); io.println(mem.slice(p, 16)[15]); mem.free(p, 16);",
      "7",
    ],
    ["let p = mem.try_alloc(1 << 38); io.println(p == null);", "true"],
    [
      'let p = mem.alloc(8); let q = mem.alloc(8); mem.set(p, 9, 8); mem.copy(q, p, 4); io.println("{mem.slice(q, 8)[3]} {mem.slice(q, 8)[4]}"); mem.free(p, 8); mem.free(q, 8);',
      "9 0",
    ],
    [
      "let p = mem.alloc(8); mem.set(p, 9, 8); mem.zero(p, 4); mem.move(p, p, 8); io.println(mem.slice(p, 8)[3]); mem.free(p, 8);",
      "0",
    ],
    ['mem.compare("a", "ab")', "-1"],
    ['mem.equal("ab", "ab")', "true"],
    [
      "let before = mem.in_use(); let p = mem.alloc(100); io.println(mem.in_use() - before); mem.free(p, 100);",
      "128",
    ],
    [
      "var a = mem.arena(64); let x = a.bytes(8); let y = a.bytes(8); x[0] = 1; io.println(y[0]); a.reset(); a.free();",
      "0",
    ],
  ],
  dyn: [
    ["dyn.push(dyn.list(), 1)", "[1]"],
    ["dyn.map()", "{}"],
    ["dyn.kind(1.5)", "float"],
    ["dyn.len([1, 2])", "2"],
    ["dyn.pop([1, 2])", "2"],
    [
      'let m = dyn.map(); m.a = 1; io.println("{dyn.get(m, "a")} {dyn.get(m, "b", 7)} {dyn.has(m, "a")} {dyn.remove(m, "a")} {dyn.len(m)}");',
      "1 7 true true 0",
    ],
    [
      'let m = dyn.map(); m.a = 1; m.b = 2; io.println("{dyn.keys(m)} {dyn.values(m)}");',
      '["a", "b"] [1, 2]',
    ],
    ["dyn.range(2, 5)", "[2, 3, 4]"],
    ["dyn.where([1, 2, 3], fn(x) => x > 1)", "[2, 3]"],
    ["dyn.each([1, 2], fn(x) => io.print(x));io.println();", "12"],
    ["dyn.collect([1, 2], fn(x) => x * 10)", "[10, 20]"],
    ["dyn.reduce([1, 2, 3], 0, fn(a, x) => a + x)", "6"],
    ["dyn.find([1, 2, 3], fn(x) => x > 1)", "2"],
    ["dyn.sum([1, 2.5])", "3.5"],
    ["dyn.take([1, 2, 3], 2)", "[1, 2]"],
    ["dyn.reverse([1, 2])", "[2, 1]"],
    ["dyn.sort([3, 1, 2])", "[1, 2, 3]"],
    ['dyn.sort_by(["bb", "a"], fn(s) => dyn.len(s))', '["a", "bb"]'],
    ["dyn.part([1, 2, 3], 1, 3)", "[2, 3]"],
    ['dyn.join([1, "a"], "-")', "1-a"],
    ['dyn.split("a b", " ")', '["a", "b"]'],
    ['dyn.text(["a"])', '["a"]'],
    ["let a = dyn.list(); dyn.push(a, a); let n = dyn.sweep(); io.println(n);", "0"],
  ],
  json: [
    ['json.stringify(json.parse("[1, 2.5, true, null]") or null)', "[1, 2.5, true, null]"],
    ['json.parse("[1,") or { io.println(err); return; };', "Syntax"],
  ],
  list: [
    [
      'var l = Words.new(); l.push("a"); l.push("b"); l.set(0, "c"); io.println("{l.len} {l.get(0)} {l.pop()}"); l.clear(); l.free();',
      "2 c b",
    ],
  ],
  map: [
    [
      'var m = Counts.new(); m.set("a", 1); m.set("b", 2); m.set("a", 3); io.println("{m.len} {m.get("a")} {m.has("c")} {m.remove("a")} {m.entry(0).key}"); m.free();',
      "2 3 false true b",
    ],
  ],
  set: [
    [
      'var s = Seen.new(); s.add(5); s.add(5); io.println("{s.len()} {s.has(5)} {s.remove(5)} {s.has(5)}"); s.free();',
      "1 true true false",
    ],
  ],
  time: [
    ["let d = time.date(951782400); io.println(d.text());", "2000-02-29T00:00:00Z"],
    ["let d = time.date(-1); io.println(d.text());", "1969-12-31T23:59:59Z"],
    ["time.now() > 0", "true"],
    ["time.ticks() <= time.ticks()", "true"],
  ],
  os: [
    ['io.println("{os.args_count()} {os.arg(0)} {os.arg_get(9)}|");', "1 test |"],
    ["os.exit(0);", ""],
  ],
};

/** A program around an example. */
export function exampleProgram(code: string): string {
  const used = Object.keys(examples).filter(
    (m) => new RegExp(`(^|[^.\\w])${m}\\.`).test(code) || m === "io",
  );
  const templates = [
    /\bWords\b/.test(code) ? 'list.make(string, "Words");' : "",
    /\bCounts\b/.test(code) ? 'map.make(string, i64, "Counts");' : "",
    /\bSeen\b/.test(code) ? 'set.make(i64, "Seen");' : "",
  ].join("");
  const more = ["list", "map", "set"].filter((m) => templates.includes(`${m}.make`));
  const imports = [...new Set([...used, ...more])]
    .map((m) => `import ${m} from "${m}";\n`)
    .join("");
  const body = code.includes(";") ? code : `io.println(${code});`;
  return `${imports}${templates === "" ? "" : `@tape { ${templates} }\n`}fn main() { ${body} }\n`;
}
