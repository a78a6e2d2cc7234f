// Segments by the million over a wire that does everything to them, on virtual time: every transfer arrives whole, and leaves nothing behind.
import test from "ava";
import { Transfer } from "./testing/transfer.ts";
import { type WireQuality, perfectWire } from "./testing/wire.ts";

const soak = process.env.LEIVOS_CAMPAIGN === "soak";
const firstSeed = Number(process.env.LEIVOS_SEED ?? 1);
const SEGMENTS = soak ? 20_000_000 : 1_000_000;
const BYTES = 8_000_000;

/** A wire of its own for each seed: how long, how thin, how bad. */
function wireOf(seed: number): WireQuality {
  const pick = <T>(list: readonly T[], step: number) =>
    list[Math.floor(seed / step) % list.length]!;
  return {
    ...perfectWire,
    delay: pick([1, 10, 40], 1),
    rate: pick([0, 12_500, 50_000], 3),
    queue: pick([400_000, 1_500_000], 9),
    loss: pick([0, 0.0005, 0.003], 2),
    duplicate: pick([0, 0.01], 5),
    corrupt: pick([0, 0.0005], 7),
    reorder: pick([0, 0.001, 0.02], 4),
    late: pick([3, 60], 3),
    mark: pick([0, 100_000], 6),
  };
}

test("a million segments over wires of every kind", (t) => {
  t.timeout(soak ? 3_600_000 : 600_000);
  let segments = 0;
  let lost = 0;
  let seed = firstSeed;
  for (; segments < SEGMENTS; seed++) {
    const congestion = seed % 2 === 0 ? "cubic" : "new-reno";
    const transfer = new Transfer(seed, wireOf(seed), BYTES, seed % 4 === 0 ? BYTES : 0, {
      congestion,
    });
    transfer.start();
    if (!transfer.wire.run(() => transfer.done)) t.fail(`seed ${seed} did not end`);
    if (!transfer.up.sound || !transfer.down.sound) t.fail(`seed ${seed}: other bytes`);
    transfer.wire.run(() => transfer.clean);
    if (!transfer.clean) t.fail(`seed ${seed} left something behind`);
    const { counts } = transfer.wire;
    segments += counts.sent;
    lost += counts.lost + counts.dropped + counts.corrupted;
  }
  t.log(`${segments} segments of ${seed - firstSeed} transfers, ${lost} lost, dropped or bent`);
  t.true(lost > SEGMENTS / 2000);
});
