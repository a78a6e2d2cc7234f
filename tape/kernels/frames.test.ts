/** Frames cut by the kernel come back out of it as the run that they were, and whatever else lies in a pool is left as it came. */
import { fileURLToPath } from "node:url";
import test from "ava";
import fc from "fast-check";
import { bind, interpreter } from "../embed/bind.ts";
import { compileModule, webAssembly } from "../embed/node.ts";

type Call = (...args: unknown[]) => number;
const code = compileModule(fileURLToPath(new URL("frames.tape", import.meta.url)));
const STRIDE = 2048;
const RUN = 16;
const MAC = 0x0200_0000_0001;
const runs = new Uint32Array(RUN * 128);

/** The sum of a header or segment as RFC 1071 has it, 0xffff when it is right. */
function sum(bytes: Uint8Array, seed = 0): number {
  let total = seed;
  for (let at = 0; at < bytes.length; at += 2) total += bytes[at]! * 256 + (bytes[at + 1] ?? 0);
  while (total > 0xffff) total = (total & 0xffff) + (total >>> 16);
  return total;
}

/** Ethernet, IP and TCP headers with timestamps, sums not made. */
function headersOf(sequence: number, flags: number): Uint8Array {
  const headers = new Uint8Array(66);
  const view = new DataView(headers.buffer);
  headers.set([
    2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 0, 0xff, 0xfe, 0x40, 0, 64, 6,
  ]);
  view.setUint32(26, 0x0a000001);
  view.setUint32(30, 0x0a000002);
  view.setUint32(34, 0x00500051);
  view.setUint32(38, sequence);
  view.setUint32(42, 77);
  view.setUint16(46, 0x8000 + flags);
  view.setUint16(48, 1000);
  view.setUint32(54, 0x0101080a);
  return headers;
}

/** Each frame in a place of its own, as pieces. */
const piecesOf = (sizes: readonly number[], flags = 0) =>
  Uint32Array.from(sizes.flatMap((bytes, index) => [index * STRIDE, bytes, flags]));

for (const [engine, make] of [
  ["WebAssembly", webAssembly],
  ["interpreter", interpreter],
] as const) {
  const kernel = bind(code, make(code)) as unknown as { [name: string]: Call };
  const gather = kernel.gather!;
  const pour = kernel.pour!;
  const cut = kernel.cut!;

  /** A packet cut into frames; their sizes, and the pool that they lie in. */
  function packet(data: Uint8Array, from: number, bytes: number, size: number, flags = 0x18) {
    const count = Math.ceil(bytes / size);
    const pool = new Uint8Array(count * STRIDE);
    const made = cut(headersOf(0xffffff00, flags), data, from, bytes, size, pool, STRIDE);
    const sizes = Array.from({ length: count }, (_, i) => 66 + Math.min(size, bytes - i * size));
    return { pool, sizes, made };
  }

  test(`${engine}: what is cut has right sums, and comes back as one run`, (t) => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 256, maxLength: 256 }),
        fc.nat(255),
        fc.integer({ min: 1, max: 256 }),
        fc.integer({ min: 20, max: 200 }),
        fc.integer({ min: 0, max: 40 }),
        (ring, from, bytes, size, skip) => {
          const { pool, sizes, made } = packet(ring, from, bytes, size);
          if (made !== sizes.length) return false;
          for (let i = 0; i < made; i++) {
            const frame = pool.slice(i * STRIDE, i * STRIDE + sizes[i]!);
            const pseudo = sum(frame.slice(26, 34), 6 + frame.length - 34);
            if (sum(frame.slice(14, 34)) !== 0xffff || sum(frame.slice(34), pseudo) !== 0xffff) {
              return false;
            }
            const pushed = (frame[47]! & 8) !== 0;
            if (pushed !== (i === made - 1)) return false;
          }
          const pieces = piecesOf(sizes);
          if (gather(pool, pieces, made, runs, MAC) !== 1) return false;
          const [at, first, piece, count, data, headers, frames] = runs;
          if (at !== 0 || first !== sizes[0] || piece !== 0 || count !== made) return false;
          if (data !== bytes || headers !== 66 || frames !== made) return false;
          const past = Math.min(skip, bytes);
          const out = new Uint8Array(bytes - past + 2);
          pour(pool, pieces, 0, past, bytes - past, out, 1);
          for (let i = past; i < bytes; i++) {
            if (out[1 + i - past] !== ring[(from + i) & 255]) return false;
          }
          return out[0] === 0 && out[out.length - 1] === 0;
        },
      ),
      { numRuns: 40 },
    );
    t.pass();
  });

  test(`${engine}: a run tells what its headers say, and what is composed has them and right sums`, (t) => {
    const compose = kernel.compose!;
    const way = headersOf(0, 0).slice(0, 34);
    const number = fc.nat(0xffffffff);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 256, maxLength: 256 }),
        fc.nat(255),
        fc.nat(256),
        fc.tuple(number, number, number, number),
        fc.tuple(fc.nat(0xffff), fc.integer({ min: 1, max: 0xffffffff })),
        fc.boolean(),
        (ring, from, bytes, [sequence, acknowledgment, stamp, echo], [window, ports], stamped) => {
          const pool = new Uint8Array(400);
          const front = stamped ? 66 : 54;
          const numbers = [
            ports,
            sequence,
            acknowledgment,
            0x10,
            window,
            stamped ? stamp : -1,
            echo,
          ];
          const made = compose(way, pool, 0xffff, ...numbers, ring, from, bytes);
          if (made !== front + bytes) return false;
          if (gather(pool, Uint32Array.of(0, made, 0), 1, runs, MAC) !== 1) return false;
          for (let i = 0; i < bytes; i++)
            if (pool[front + i] !== ring[(from + i) & 255]) return false;
          if (pool[made] !== 0) return false;
          const says = window + 0x10000 + (stamped ? 0x20000 : 0x80000);
          t.deepEqual([...runs.slice(4, 8)], [bytes, front, 1, 0x10]);
          const ends = [0x0a000001, 0x0a000002, ports, sequence, acknowledgment, says];
          t.deepEqual([...runs.slice(8, 14)], ends);
          if (stamped) t.deepEqual([...runs.slice(14, 16)], [stamp, echo]);
          return true;
        },
      ),
      { numRuns: 60 },
    );
    // For another station, and met by congestion on its way.
    const { pool, sizes } = packet(new Uint8Array(256), 0, 100, 100);
    pool[15] = 3;
    const view = new DataView(pool.buffer);
    view.setUint16(24, 0);
    view.setUint16(24, 0xffff - sum(pool.slice(14, 34)));
    t.is(gather(pool, piecesOf(sizes), 1, runs, MAC + 1), 1);
    t.is(runs[13], 1000 + 0x20000 + 0x40000);
  });

  test(`${engine}: a changed byte of a frame ends a run, or its trust`, (t) => {
    const data = new Uint8Array(300).fill(7);
    for (let at = 12; at < 166; at++) {
      const { pool, sizes } = packet(data, 0, 300, 100);
      pool[STRIDE + at]! ^= 1;
      const found = gather(pool, piecesOf(sizes), 3, runs, MAC);
      t.true(found > 1, `byte ${at}`);
      // It lies by itself, as it came, since its sums are wrong or it is no segment any more.
      t.is(runs[RUN + 5], 0, `byte ${at}`);
    }
  });

  test(`${engine}: what the card vouches for is not summed; several buffers are one frame; a FIN ends a run`, (t) => {
    const data = Uint8Array.from({ length: 300 }, (_, i) => i & 255);
    const { pool, sizes } = packet(data, 0, 300, 300);
    pool[50]! ^= 1;
    t.is(gather(pool, piecesOf(sizes), 1, runs, MAC), 1);
    t.is(runs[5], 0);
    const split = Uint32Array.of(0, 200, 2 | 1, 200, 166, 0);
    t.is(gather(pool, split, 2, runs, MAC), 1);
    t.deepEqual([...runs.slice(1, 7)], [366, 0, 2, 300, 66, 1]);
    const out = new Uint8Array(300);
    pour(pool, split, 0, 0, 300, out, 0);
    t.deepEqual(out, data);
    const ended = packet(data, 0, 200, 100, 0x11);
    t.is(gather(ended.pool, piecesOf(ended.sizes), 2, runs, MAC), 1);
    t.is(runs[7]! & 1, 1);
  });

  test(`${engine}: of acknowledgements without data in a row the last is seen, but for those that say more`, (t) => {
    /** An acknowledgement whose sums the card vouches for; `kind` 5 for SACK blocks in place of the timestamp. */
    const acknowledgement = (number: number, kind = 8, flags = 0x10) => {
      const frame = headersOf(500, flags);
      const view = new DataView(frame.buffer);
      view.setUint16(16, 52);
      view.setUint32(42, number);
      view.setUint8(56, kind);
      view.setUint16(24, 0xffff - sum(frame.slice(14, 34)));
      return frame;
    };
    /** The runs of frames as [acknowledgement, frames, bytes of headers, flags]. */
    const runsOf = (...frames: Uint8Array[]) => {
      const pool = new Uint8Array(frames.length * STRIDE);
      frames.forEach((frame, index) => pool.set(frame, index * STRIDE));
      const pieces = piecesOf(
        frames.map(({ length }) => length),
        2,
      );
      const found = gather(pool, pieces, frames.length, runs, MAC);
      return Array.from({ length: found }, (_, run) => {
        const [at, , , , , headers, count, flags] = runs.slice(run * RUN, run * RUN + RUN);
        return [new DataView(pool.buffer).getUint32(at! + 42), count, headers, flags];
      });
    };
    const [a, b, c] = [acknowledgement(0xfffffff0), acknowledgement(16), acknowledgement(400)];
    t.deepEqual(runsOf(a, b, c), [[400, 3, 66, 0x10]]);
    t.deepEqual(runsOf(c, b), [
      [400, 1, 66, 0x10],
      [16, 1, 66, 0x10],
    ]);
    t.deepEqual(runsOf(b, b, c), [
      [16, 1, 66, 0x10],
      [400, 2, 66, 0x10],
    ]);
    // With SACK blocks each counts, and one that asks for less says so for itself (ECE).
    t.is(runsOf(a, acknowledgement(16, 5), c).length, 3);
    t.deepEqual(runsOf(a, acknowledgement(16, 8, 0x50), c), [
      [0xfffffff0, 1, 66, 0x10],
      [16, 1, 0, 2],
      [400, 1, 66, 0x10],
    ]);
    // Data behind it is a run of its own.
    const { pool } = packet(new Uint8Array(256), 0, 100, 100, 0x10);
    const data = pool.slice(0, 166);
    new DataView(data.buffer).setUint32(42, 400);
    t.deepEqual(runsOf(b, c, data), [
      [400, 2, 66, 0x10],
      [400, 1, 66, 0x10],
    ]);
  });

  test(`${engine}: pieces outside of the pool are refused, whatever they are`, (t) => {
    t.is(gather(new Uint8Array(64), Uint32Array.of(0, 65, 0), 1, runs, MAC), -1);
    t.is(gather(new Uint8Array(64), Uint32Array.of(0xffffffff, 2, 0), 1, runs, MAC), -1);
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 0, maxLength: 200 }),
        fc.array(fc.tuple(fc.nat(200), fc.nat(200), fc.nat(3)), { maxLength: 8 }),
        (pool, list) => {
          if (pool.length > 24) pool.set([8, 0, 0x45], 12);
          const found = gather(pool, Uint32Array.from(list.flat()), list.length, runs, MAC);
          return found >= -1 && found <= list.length;
        },
      ),
      { numRuns: 100 },
    );
  });
}
