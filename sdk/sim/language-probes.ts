// What servers may rely on of the language: bodies of functions, each run by Node, by the simulated nucleus's engine (QuickJS-NG 0.12)
// and by the nucleus's own (0.17). All three must say the same. A promise's value is taken when its jobs have run.

/** name -> body; the value returned is compared as JSON. */
export const probes: Readonly<Record<string, string>> = {
  "let and const in loops":
    "const f = []; for (let i = 0; i < 3; i++) f.push(() => i); return f.map((g) => g());",
  // of variables that an inner function sees; the others are TypeScript's matter (sdk/cli/steps/compiler-source.ts)
  "temporal dead zone":
    "const f = () => x; try { f(); let x = 1; return 'no'; } catch (e) { return e.name; }",
  "locals of loops and stores":
    "const a = []; for (let i = 0; i < 3; i++) { let x; a[i] = [x, i]; x = a; x[i].k = i; } const b = new Uint8Array(4); b[1] = a.length; b['2'] = 257; const o = {}; o[a.length] = o['k' + 1] = b[1]; try { null[a[0].k] = 1; } catch (e) { return [a, b, o, e.name, a[1].k]; }",
  // the next six: what the engine's own edits change (docs/decisions/026-edits-of-the-engine.md)
  "sums at the ends of integers":
    "const i = [0, -0, 1, -1, 2147483647, -2147483648, 0.5, NaN]; return i.map((a) => i.map((b) => [a + b, a - b].map((x) => Object.is(x, -0) ? '-0' : String(x))));",
  "equality of all kinds":
    "const o = {}; const v = [0, -0, NaN, '', 'ab', 'a' + o.x, true, false, null, undefined, o, [], 1n, 2n ** 70n, Symbol.iterator]; return v.map((a) => v.map((b) => [a === b, a !== b]));",
  "elements at and beyond their ends":
    "return [Uint8Array, Uint32Array, Int32Array].map((T) => { const t = new T(2); return [0, 256, -1, 4294967295, 1.5, '7', null, NaN].map((x) => [0, 1, 2, -1].map((i) => { t[i] = x; return [t[i], t[0], t[1]]; })); });",
  "objects that get and lose properties":
    "const all = []; for (let i = 0; i < 400; i++) { const o = { a: i, b: 1 }; for (let j = 0; j < i % 13; j++) o['abcdefghijklmn'[(i * 7 + j * 5) % 14]] = j; if (i % 3 === 0) delete o.a; if (i % 5 === 0) Object.setPrototypeOf(o, { k: i }); if (i % 7 === 0) Object.freeze(o); else o.z = i; all.push(o); } return [all, all.map((o) => o.k)];",
  "literals with a name twice":
    "const o = { a: 1, b: 2, a: 3, ['b']: 4, __proto__: { k: 5 } }; const p = { get x() { return 1; }, x: 2 }; return [o, o.k, Object.keys(o), p.x, { x: 2, get x() { return 6; } }.x];",
  "arguments given and not":
    "function f(a, b, c) { return [a, b, c, arguments.length, [...arguments]]; } const g = (a = 1, ...r) => [a, r]; return [f(), f(1), f(1, 2, 3, 4), f.call(0, 5), f.apply(0, [6, 7]), f.bind(0, 8)(9), g(), g(2, 3, 4)];",
  "destructuring with defaults":
    "const { a = 1, b: { c = 2 } = {}, ...r } = { d: 3 }; const [p, , q = 4, ...s] = [1, 2]; return [a, c, r, p, q, s];",
  "optional chaining and nullish":
    "const o = { f: null }; return [o?.x?.y, o.f?.(), o.f ?? 5, (o.g ??= 6), (o.g &&= 7), (o.h ||= 8)];",
  "private fields and methods":
    "class A { #x = 1; static #n = 2; #m() { return this.#x; } get v() { return this.#m() + A.#n; } static has(o) { return #x in o; } } return [new A().v, A.has(new A()), A.has({})];",
  "static blocks and accessors":
    "class A { static x; static { A.x = 3; } get y() { return 4; } set y(v) { A.x = v; } } const a = new A(); a.y = 5; return [A.x, a.y];",
  "inheritance and super":
    "class A { m() { return 1; } } class B extends A { m() { return super.m() + 1; } } return [new B().m(), new B() instanceof A];",
  "extending built-ins":
    "class E extends Error { name = 'E'; } class L extends Array {} try { throw new E('m'); } catch (e) { return [e instanceof E, String(e), new L(3).length]; }",
  "error cause": "return new Error('a', { cause: 7 }).cause;",
  generators:
    "function* g() { const x = yield 1; yield x * 2; return 9; } const i = g(); return [i.next(), i.next(4), i.next(), i.next()];",
  "iterators and spread":
    "return [...new Map([[1, 2]]), ...new Set([3]), ...'ab', Math.max(...[1, 5, 2])];",
  "labelled loops":
    "let n = 0; outer: for (;;) { for (;;) { if (++n > 3) break outer; continue outer; } } return n;",
  "template strings":
    "const tag = (s, ...v) => s.raw.join('|') + v.join(); return [`a${1 + 1}b`, tag`x${1}\\n${2}y`];",
  "getters on literals": "return { get a() { return 1; }, ['b' + 1]: 2, c() { return 3; } }.a;",
  symbols:
    "const s = Symbol('d'); return [typeof s, s.description, Symbol.for('k') === Symbol.for('k'), typeof Symbol.iterator, typeof Symbol.asyncIterator];",
  "async order":
    "const o = []; const p = (async () => { o.push(1); await 0; o.push(3); })(); o.push(2); return p.then(() => o);",
  "promise combinators":
    "return Promise.all([Promise.allSettled([Promise.reject(1), 2]), Promise.any([Promise.reject(1), 3]), Promise.race([4])]).then((v) => v.map((x) => Array.isArray(x) ? x.map((y) => y.status) : x));",
  "Promise.withResolvers":
    "const { promise, resolve } = Promise.withResolvers(); resolve(5); return promise;",
  "rejections and finally":
    "return Promise.reject(new TypeError('t')).finally(() => {}).catch((e) => e.name);",
  "async iteration":
    "async function* g() { yield 1; yield 2; } return (async () => { const r = []; for await (const x of g()) r.push(x); return r; })();",
  "top error in a job":
    "return Promise.resolve().then(() => { throw new RangeError('r'); }).catch((e) => e.message);",
  "typed arrays":
    "const b = new ArrayBuffer(8); const u = new Uint8Array(b); new DataView(b).setFloat64(0, Math.PI, true); return [...u];",
  "typed array methods":
    "const u = Uint8Array.of(5, 1, 9); return [[...u.toSorted()], u.at(-1), u.findLast((x) => x < 9), u.subarray(1).length, [...u.with(0, 7)], u.indexOf(9)];",
  "DataView 64 bits":
    "const v = new DataView(new ArrayBuffer(8)); v.setBigUint64(0, 2n ** 63n + 1n, true); return [v.getUint32(0, true), v.getUint32(4, true), String(v.getBigInt64(0, true))];",
  "resizable buffers":
    "const b = new ArrayBuffer(4, { maxByteLength: 8 }); b.resize(8); return [b.byteLength, b.resizable];",
  "buffer transfer":
    "const b = new ArrayBuffer(4); const c = b.transfer(8); return [b.detached, c.byteLength];",
  BigInt: "return [String(2n ** 70n), Number(10n / 3n), typeof 1n, 5n > 4];",
  numbers:
    "return [0.1 + 0.2, 1e21, -0 === 0, Object.is(-0, 0), (255).toString(16), (1.005).toFixed(2), 0b11, 0o17, 1_000, Number('0x1f'), parseInt('12px'), Number.MAX_SAFE_INTEGER];",
  "number to text and back":
    "return [1 / 3, 5e-324, 1.7976931348623157e308, 123456789012345680000, 1e-7].map((x) => [String(x), Number(String(x)) === x]);",
  "integer arithmetic":
    "return [-7 % 3, -7 >> 1, -7 >>> 28, 1 << 31, Math.imul(0xffffffff, 5), Math.clz32(1), ~~-1.9, 2 ** 31 | 0];",
  "floating functions":
    "return [Math.hypot(3, 4), Math.trunc(-1.5), Math.sign(-2), Math.fround(1.1), Math.log2(8), Math.round(-0.5), Math.atan2(1, 1)];",
  "array methods":
    "const a = [3, 1, 2]; return [a.toSorted(), a.toReversed(), a.toSpliced(0, 1), a.with(1, 9), a.at(-1), a.findLast((x) => x > 1), a.flatMap((x) => [x, x]), a.includes(2), Array.from({ length: 2 }, (_, i) => i)];",
  "stable sort":
    "return [[2, 'a'], [1, 'b'], [2, 'c'], [1, 'd']].sort((x, y) => x[0] - y[0]).map((x) => x[1]);",
  "object helpers":
    "return [Object.entries({ a: 1 }), Object.fromEntries([['b', 2]]), Object.hasOwn({ c: 1 }, 'c'), Object.groupBy([1, 2, 3], (x) => x % 2 ? 'odd' : 'even')];",
  "property order": "return Object.keys({ b: 1, 2: 1, a: 1, 1: 1 });",
  "frozen objects":
    "'use strict'; const o = Object.freeze({ a: 1 }); try { o.a = 2; } catch (e) { return [e.name, o.a]; }",
  "proxies and reflect":
    "const p = new Proxy({}, { get: (_, k) => k + '!', has: () => true }); return [p.x, 'y' in p, Reflect.ownKeys({ a: 1 })];",
  "maps and sets":
    "const m = new Map([['a', 1]]); m.set(NaN, 2); const s = new Set([1, 1, 2]); return [m.get(NaN), m.size, [...s], s.has(2), s.union(new Set([3])).size];",
  "weak collections":
    "const k = {}; const w = new WeakMap([[k, 1]]); const s = new WeakSet([k]); return [w.get(k), s.has(k), typeof new WeakRef(k).deref(), typeof FinalizationRegistry];",
  strings:
    "return ['abc'.at(-1), 'a-b'.replaceAll('-', '+'), 'x'.padStart(3, '.'), ' t '.trim(), 'é'.normalize('NFD').length, '😀'.codePointAt(0), [...'😀'].length, 'a'.localeCompare('b'), 'ab'.isWellFormed()];",
  "regular expressions":
    "const m = /(?<y>\\d{4})-(?<m>\\d\\d)/u.exec('on 2026-01'); return [m.groups.y, m.index, 'aXbX'.split(/x/i), 'a1b2'.replace(/\\d/g, (d) => d * 2), /(?<=\\$)\\d+/.exec('$42')[0], [...'a1b2'.matchAll(/[a-z]/g)].length, /^.$/su.test('\\n')];",
  "sticky and indices":
    "const r = /a/dy; r.lastIndex = 1; const m = r.exec('ba'); return [m.indices[0], r.lastIndex];",
  "JSON numbers":
    "return JSON.parse('[1.5e300, -2.25E-7, 0.1, 1e400, -0, 123456789012345680000]').map((n) => (Object.is(n, -0) ? '-0' : String(n)));",
  JSON: "return [JSON.stringify({ a: [1, undefined, () => 1], b: undefined, c: new Date(0), d: '\\u2028' }), JSON.parse('{\"x\":[1,{\"y\":null}]}', (k, v) => (k === 'y' ? 5 : v)), JSON.stringify('\\ud800')];",
  "JSON indentation": "return JSON.stringify({ a: [1, { b: 2 }], c: [] }, null, 2);",
  dates:
    "const d = new Date(Date.UTC(2026, 1, 29, 23, 59, 59, 5)); return [d.toISOString(), d.getTime(), Date.parse('2026-11-29T00:44:00Z'), new Date(NaN).getTime(), d.getUTCDay()];",
  "calls in calls":
    "const d = (n) => (n === 0 ? 0 : 1 + d(n - 1)); const t = (n) => { if (n === 0) throw new Error('deep'); return t(n - 1) + 1; }; return [0, 1, 18, 19, 20, 21, 40].map((n) => { try { return [d(n), t(n)]; } catch (e) { return [d(n), e.message]; } });",
  "the end of calls":
    "const o = []; const f = (n) => { try { if (n === 0) throw n; return f(n - 1); } catch (e) { return 'c' + e; } finally { if (n % 9 === 0) o.push(n); } }; return [f(30), o];",
  "arguments of calls":
    "function a() { return [arguments.length, ...arguments]; } function b(x, y = x, ...z) { x = 7; return [x, y, z, arguments.length]; } const c = b.bind(null), e = c.bind(1, 2); return [a(), a(1, 2), b(), b(1), b(1, 2, 3), c(1), e(3)];",
  "mapped arguments of calls":
    "const f = Function('a', 'b', 'arguments[0] = 9; b = 8; return [a, arguments[1], arguments.length];'); return [f(1, 2), f(1), f()];",
  "this in calls":
    "class A { constructor(x) { this.x = x; } m() { return 'A' + this.x; } } class B extends A { m() { return 'B' + super.m(); } get g() { return (() => this.m())(); } } const b = new B(1); const m = b.m; let e = ''; try { m(); } catch (x) { e = x instanceof TypeError; } try { B(); } catch (x) { e += x instanceof TypeError; } return [b.g, m.call({ x: 2, __proto__: A.prototype }), m.bind(b)(), e, (function () { return new.target === undefined; })()];",
  "closures that outlive calls":
    "const c = () => { let n = 0; const inc = () => ++n; inc(); return { inc, get: () => n }; }; const p = c(), q = c(); p.inc(); const fs = []; for (let i = 0; i < 3; i++) fs.push(() => i); return [p.get(), q.get(), fs.map((f) => f())];",
  "calls in generators":
    "const d = (n) => (n === 0 ? 0 : 1 + d(n - 1)); function* g(n) { for (let i = 0; i < n; i++) if ((yield d(i)) === 's') return d(25); } function* h() { try { yield* g(2); throw new Error('x'); } catch (e) { yield e.message; } } const k = g(9); return [[...h()], k.next(), k.next('s'), k.next()];",
  conditions:
    "const r = []; for (const a of [true, false, 0, 'x', null]) for (const b of [true, false, '', 1]) r.push([a || b ? 1 : 0, a && b ? 1 : 0, !(a || b), a === b || b !== 1, (a && b) || a === null, a ?? b, a || b, a && b].join()); let n = 0; while (n < 3 || n === 5) n++; do { n += 2; } while (n !== 7 && n < 20); return [r, n];",
  "tail of the stack":
    "const f = () => f() + 1; try { f(); } catch (e) { return e instanceof Error; }",
  "exceptions through finally":
    "const o = []; const f = () => { try { throw 1; } catch (e) { o.push(e); return 2; } finally { o.push(3); } }; return [f(), o];",
  AggregateError: "const e = new AggregateError([1, 2], 'm'); return [e.errors, e.message];",
  "closures over arguments":
    "function f(a, b = a + 1, ...c) { arguments[0] = 9; return [a, b, c, arguments.length, f.length]; } return f(1, undefined, 3);",
  "comma, void, in, delete":
    "const o = { a: 1 }; return [(1, 2), void 0, 'a' in o, delete o.a, 'a' in o, typeof undeclared];",
  "switch on strings":
    "const f = (x) => { switch (x) { case 'a': case 'b': return 1; default: return 2; } }; return ['a', 'b', 'c'].map(f);",
  "exponent and bit shifts of large numbers":
    "return [2 ** 53 + 1, 2 ** 32 >>> 0, (2 ** 40) | 0, 4294967295 >> 0, 2 ** -1074];",
  globalThis:
    "return [typeof globalThis, typeof globalThis.Array, this === undefined || typeof this];",
  "iterator helpers": "return [1, 2, 3].values().map((x) => x * 2).filter((x) => x > 2).toArray();",
  "array from async":
    "return typeof Array.fromAsync === 'function' ? Array.fromAsync([Promise.resolve(1), 2]) : 'absent';",
};

/** Where the simulated nucleus's engine is wrong: no server may rely on it. name -> body, as above. */
export const knownFaults: Readonly<Record<string, string>> = {
  "BigInt.asUintN of a negative number": "return String(BigInt.asUintN(64, -1n));",
};

/** What no engine of LeivOS offers, so that no server may use it. */
export const absent = [
  "TextEncoder",
  "TextDecoder",
  "URL",
  "structuredClone",
  "setTimeout",
  "setInterval",
  "console",
  "WebAssembly",
  "fetch",
  "process",
  "require",
];

/** One script that runs all probes and gives each line "name: JSON" to `print`. */
export function probeScript(): string {
  return `(() => {
  const probes = ${JSON.stringify({ ...probes, ...knownFaults })};
  const show = (name, value) => print(name + ": " + JSON.stringify(value));
  for (const name of Object.keys(probes)) {
    let value;
    try { value = (0, eval)("(function () {" + probes[name] + "})").call(undefined); }
    catch (error) { value = "threw " + error; }
    if (value instanceof Promise) value.then((v) => show(name, v), (e) => show(name, "rejected " + e));
    else show(name, value);
  }
  for (const name of ${JSON.stringify(absent)}) print("absent " + name + ": " + (typeof globalThis[name] === "undefined"));
})();`;
}
