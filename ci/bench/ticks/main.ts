// Measures how late a native thread's ticks are, while the server's JavaScript rests and while it computes.
import { Failure } from "../../../sdk/contract/failure.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { NativeThread } from "../../../sdk/runtime/native-thread.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { log, ready } from "../../../sdk/runtime/supervisor.ts";
import { systemCalls } from "../../../sdk/runtime/system-call.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { uusi } from "../../../sdk/runtime/binding.ts";
import { ticker } from "../../kernels/ticker.tape";

const TICK = 0x1001;
const MS = 1_000_000;
/** Ticks of a measurement, a millisecond apart. */
const TICKS = 1000;
/** How long JavaScript computes without a pause, in ns. */
const TURN = 100 * MS;

function memoryOf(bytes: number) {
  const memory = Memory.create(bytes);
  const view = memory instanceof Failure ? memory : memory.mapForKernels();
  if (view instanceof Failure) throw new Error(view.sentence);
  return view;
}

function compute(): number {
  const until = uusi.sys(systemCalls.clock) + TURN;
  let sum = 0;
  while (uusi.sys(systemCalls.clock) < until) for (let i = 0; i < 1000; i++) sum = (sum + i) | 0;
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
