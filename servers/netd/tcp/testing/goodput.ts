// How much of a path TCP uses, on the simulated wire and virtual time: prints a line for each path, with what theory gives.
//
// node --import=./tape/embed/register.ts servers/netd/tcp/testing/goodput.ts [megabytes]

import { Transfer } from "./transfer.ts";
import { type WireQuality, perfectWire } from "./wire.ts";

const megabytes = Number(process.argv[2] ?? 20);
/** 100 and 10 Mbit/s, 50 ms there and back, with a queue of one path's worth. */
const fast: WireQuality = { ...perfectWire, delay: 25, rate: 12_500, queue: 625_000 };
const thin: WireQuality = { ...perfectWire, delay: 25, rate: 1250, queue: 62_500 };
const SEGMENT = 1448;
const ROUND_TRIP = 0.05;

const paths: { readonly [name: string]: WireQuality } = {
  "100 Mbit/s": fast,
  "100 Mbit/s, queue of 60 kB": { ...fast, queue: 60_000 },
  "100 Mbit/s, 0.1 % loss": { ...fast, loss: 0.001 },
  "100 Mbit/s, 2 % loss": { ...fast, loss: 0.02 },
  "10 Mbit/s": thin,
  "10 Mbit/s, queue of 15 kB": { ...thin, queue: 15_000 },
  "10 Mbit/s, marks from 15 kB on": { ...thin, mark: 15_000 },
};

/** What a path without losses carries of bytes, in Mbit/s: headers take the rest. */
const line = ({ rate }: WireQuality) => (rate * 8 * SEGMENT) / (SEGMENT + 66) / 1000;

/** Where losses are what limits: the response functions of RFC 9438 section 5 (CUBIC) and of NewReno, whichever is more. */
function responding(loss: number): number {
  const cubic = 1.054 * ROUND_TRIP ** 0.75 * loss ** -0.75;
  const reno = Math.sqrt(1.5 / loss);
  return (Math.max(cubic, reno) * SEGMENT * 8) / ROUND_TRIP / 1e6;
}

for (const [name, quality] of Object.entries(paths)) {
  const rates: number[] = [];
  let lost = 0;
  for (let seed = 1; seed <= 3; seed++) {
    const transfer = new Transfer(seed, quality, megabytes << 20, 0);
    transfer.start();
    if (!transfer.wire.run(() => transfer.done) || !transfer.up.sound) throw new Error(name);
    rates.push(((megabytes << 20) * 8) / (transfer.wire.now - 1000) / 1000);
    lost += transfer.wire.counts.lost + transfer.wire.counts.dropped;
  }
  const median = rates.sort((a, b) => a - b)[1]!;
  const theory =
    quality.loss > 0 ? Math.min(line(quality), responding(quality.loss)) : line(quality);
  console.log(
    `${name.padEnd(32)} ${median.toFixed(1).padStart(6)} Mbit/s  theory ${theory.toFixed(1).padStart(5)}  packets lost ${Math.round(lost / 3)}`,
  );
}
