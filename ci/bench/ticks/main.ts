// Measures how late a native thread's ticks are, while the server's JavaScript rests and while it computes.
import { Failure } from "../../../sdk/contract/failure.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { NativeThread } from "../../../sdk/runtime/native-thread.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { log, ready } from "../../../sdk/runtime/supervisor.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { ticker } from "../../kernels/ticker.tape";

const TICK = 0x1001;
const MS = 1_000_000;
/** Ticks of a measurement, a millisecond apart. */
const TICKS = 1000;
/** Rounds that JavaScript computes without a pause: about 100 ms in QEMU, 50 ms of virtual time in the simulated nucleus. */
const ROUNDS = 500_000;

function memoryOf(bytes: number) {
  const memory = Memory.create(bytes);
  const view = memory instanceof Failure ? memory : memory.mapForKernels();
  if (view instanceof Failure) throw new Error(view.sentence);
  return view;
}

function compute(): number {
  let sum = 0;
  for (let i = 0; i < ROUNDS; i++) sum = (sum + i) | 0;
  return sum;
}

run(async () => {
  ready();
  const late = memoryOf(4 * (1 + TICKS));
  let done = false;
  const thread = NativeThread.create(ticker, [memoryOf(4096), memoryOf(4096), late], () => {
    done = true;
  });
  const failure = thread instanceof Failure ? thread : thread.start();
  if (thread instanceof Failure || failure !== undefined) throw new Error("no native thread");
  // What else starts with the system has had its time.
  await sleep(2000 * MS);
  for (const [name, computes] of [
    ["rests", false],
    ["computes", true],
  ] as const) {
    late.set32(0, 0);
    done = false;
    thread.send(TICK, TICKS, MS);
    while (!done) {
      if (computes) compute();
      await sleep(computes ? 0 : 50 * MS);
    }
    const all = Array.from({ length: TICKS }, (_, i) => late.get32(4 * (1 + i)));
    all.sort((a, b) => a - b);
    const at = (part: number) => all[Math.floor((TICKS - 1) * part)]!;
    log(`bench ${name} ${late.get32(0)} ${at(0.5)} ${at(0.99)} ${at(1)}`);
  }
  log("bench-end");
});
