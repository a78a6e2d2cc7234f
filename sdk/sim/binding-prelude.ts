// The part of the global `uusi` object that is written in JavaScript and runs inside the engine, over a handful of host functions
// (names with `$`) and a window of bytes that both sides see. Invariant: it captures what it needs and removes the host's names.

/** Size of the window between engine and host. */
export const WINDOW_BYTES = 65536;
/** Text from so many characters on is the host's, in such pieces: on the nucleus it is C, and takes no steps of the engine. */
const LONG = 1024;
const PIECE = 32768;

export const prelude = `(() => {
  const G = globalThis, W = ${WINDOW_BYTES};
  const win = new Uint8Array(G.$window);
  const { $sys, $second, $get, $set, $load, $store, $fill, $move, $hash, $pbkdf2, $random, $reseed, $heap, $encode, $decode } = G;
  const { $kernelText, $kernelBegin, $kernelNumber, $kernelArray, $kernelView, $kernelMore, $kernelRun, $kernelBack } = G;
  const arrays = { B: Int8Array, C: Uint8Array, D: Int16Array, E: Uint16Array, F: Int32Array, G: Uint32Array,
    H: BigInt64Array, I: BigUint64Array, K: Float32Array, L: Float64Array };
  const bytesOf = (a) => new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
  const facts = JSON.parse(G.$facts());
  const put = (from, at, n) => win.set(at === 0 && n === from.length ? from : from.subarray(at, at + n));
  const chunked = (total, f) => { for (let done = 0; done < total; ) { const n = Math.min(W, total - done); f(done, n); done += n; } };
  const fits = (a, at, n) => {
    if (!(at >= 0 && n >= 0 && at + n <= a.length)) throw new RangeError("range " + at + "+" + n + " of " + a.length + " bytes");
  };
  // whether all of the text is ASCII without NUL, and in its place
  const plain = (text, into, at) => {
    for (let done = 0; done < text.length; done += ${PIECE}) {
      const n = Math.min(${PIECE}, text.length - done);
      if ($encode(text.slice(done, done + n)) !== n) return false;
      into.set(win.subarray(0, n), at + done);
    }
    return true;
  };
  G.uusi = {
    sys: (number, a = 0, b = 0, c = 0, d = 0, e = 0, f = 0) => {
      if (number === 0) throw new TypeError("submit_wait belongs to the loop");
      return $sys(number, a, b, c, d, e, f);
    },
    second: $second,
    buffer: G.$buffer,
    get8: (at) => $get(at, 1), get16: (at) => $get(at, 2), get32: (at) => $get(at, 4), get64: (at) => $get(at, 8),
    set8: (at, v) => { $set(at, 1, v); }, set16: (at, v) => { $set(at, 2, v); },
    set32: (at, v) => { $set(at, 4, v); }, set64: (at, v) => { $set(at, 8, v); },
    copyOut(address, to, at, length) {
      fits(to, at, length);
      chunked(length, (done, n) => { $load(address + done, n); to.set(win.subarray(0, n), at + done); });
    },
    copyIn(address, from, at, length) {
      fits(from, at, length);
      chunked(length, (done, n) => { put(from, at + done, n); $store(address + done, n); });
    },
    fill32: (at, value, count) => { $fill(at, value, count); },
    move: (to, from, length) => { $move(to, from, length); },
    writeBack: () => {},
    sha256(data) {
      $hash(-1);
      chunked(data.length, (done, n) => { put(data, done, n); $hash(n); });
      $hash(-2);
      return win.slice(0, 32);
    },
    pbkdf2(password, salt, rounds) {
      if (password.length + salt.length > W) throw new RangeError("password and salt are too long");
      win.set(password); win.set(salt, password.length);
      $pbkdf2(password.length, salt.length, rounds);
      return win.slice(0, 32);
    },
    random(into) {
      let seeded = true;
      chunked(into.length, (done, n) => { seeded = seeded && $random(n) === 1; if (seeded) into.set(win.subarray(0, n), done); });
      return seeded;
    },
    reseed(entropy) {
      if (entropy.length < 32 || entropy.length > W) throw new RangeError("entropy must have 32 to " + W + " bytes");
      win.set(entropy); $reseed(entropy.length);
    },
    encode(text, into, at) {
      if (typeof text !== "string") return -2;
      if (text.length >= ${LONG} && at >= 0 && at + text.length <= into.length && plain(text, into, at)) return text.length;
      let size = 0;
      for (let i = 0; i < text.length; i++) {
        const c = text.charCodeAt(i);
        if (c < 0x80) size += 1;
        else if (c < 0x800) size += 2;
        else if (c >= 0xd800 && c < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) { size += 4; i++; }
        else size += 3;
      }
      if (!(at >= 0 && at + size <= into.length)) return -1;
      let p = at;
      for (let i = 0; i < text.length; i++) {
        let c = text.charCodeAt(i);
        if (c < 0x80) { into[p++] = c; continue; }
        if (c < 0x800) { into[p++] = 0xc0 | c >> 6; into[p++] = 0x80 | c & 63; continue; }
        if ((c & 0xf800) === 0xd800) {
          const low = c < 0xdc00 ? text.charCodeAt(i + 1) : 0;
          if ((low & 0xfc00) === 0xdc00) {
            c = 0x10000 + ((c & 0x3ff) << 10) + (low & 0x3ff); i++;
            into[p++] = 0xf0 | c >> 18; into[p++] = 0x80 | c >> 12 & 63; into[p++] = 0x80 | c >> 6 & 63; into[p++] = 0x80 | c & 63;
            continue;
          }
          c = 0xfffd;
        }
        into[p++] = 0xe0 | c >> 12; into[p++] = 0x80 | c >> 6 & 63; into[p++] = 0x80 | c & 63;
      }
      return size;
    },
    decode(from, at, length) {
      if (!(at >= 0 && length >= 0 && at + length <= from.length)) return undefined;
      let text = "", host = length >= ${LONG};
      for (let p = at, end = at + length; p < end; ) {
        if (host) {
          const n = Math.min(${PIECE}, end - p);
          put(from, p, n);
          const piece = $decode(n);
          host = piece !== "";
          if (host) { text += piece; p += n; continue; }
        }
        let run = p;
        while (run < end && run - p < 4096 && from[run] < 0x80) run++;
        if (run > p) { text += String.fromCharCode.apply(null, from.subarray(p, run)); p = run; continue; }
        const b = from[p];
        const more = b >= 0xc2 && b < 0xe0 ? 1 : (b & 0xf0) === 0xe0 ? 2 : b >= 0xf0 && b < 0xf5 ? 3 : 0;
        if (more === 0 || p + more >= end) return undefined;
        let c = b & (0x3f >> more);
        for (let i = 1; i <= more; i++) { const m = from[p + i]; if ((m & 0xc0) !== 0x80) return undefined; c = c << 6 | m & 63; }
        if (more === 2 && (c < 0x800 || (c & 0xf800) === 0xd800) || more === 3 && (c < 0x10000 || c > 0x10ffff)) return undefined;
        text += String.fromCodePoint(c);
        p += more + 1;
      }
      return text;
    },
    kernel(entry, environment, letters, trouble) {
      const text = $kernelText(letters), n = text.indexOf(":"), result = text[n + 1];
      return (...args) => {
        $kernelBegin(letters, environment);
        for (let i = 0; i < n; i++) {
          const v = args[i];
          if (text[i] < "A") {
            if (typeof v !== "number") return trouble(i);
            $kernelNumber(v);
          } else if (v instanceof arrays[text[i]]) {
            $kernelArray();
            const bytes = bytesOf(v);
            chunked(bytes.length, (done, m) => { put(bytes, done, m); $kernelMore(m); });
          } else if (typeof v === "object" && v !== null && v.address > 0 && v.length > 0) {
            if ($kernelView(v.address, v.length) !== 1) return trouble(i);
          } else return trouble(i);
        }
        if (args.length !== n) return trouble(Math.min(args.length, n));
        const said = $kernelRun();
        for (let i = 0; i < n; i++) if (text[i] >= "A" && args[i] instanceof arrays[text[i]]) {
          const bytes = bytesOf(args[i]);
          chunked(bytes.length, (done, m) => { if ($kernelBack(i, done, m) === 1) bytes.set(win.subarray(0, m), done); });
        }
        if (said[0] === "!") return trouble(Number(said.slice(1)));
        return result === "v" ? undefined : result === "6" || result === "7" ? BigInt(said) : Number(said);
      };
    },
    kernelTier: "WebAssembly",
    cycles: () => 0,
    heapUsed: $heap,
    heapLimit: facts.heapLimit,
    collect: $heap,
    probeEntry: facts.probeEntry,
    spinEntry: facts.spinEntry,
    threadEntry: facts.threadEntry,
    world: "sim",
    turn: undefined, flush: undefined, port: 0, deadline: -1, place: undefined,
  };
  // what the engine of the nucleus does not have: code from text, and the host's clock
  for (const name of ["eval", "performance", "DOMException"]) delete G[name];
  for (const name of Object.keys(G)) if (name.charCodeAt(0) === 36) delete G[name];
})();`;
