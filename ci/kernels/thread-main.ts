// A server with a native thread: says in its log how each case ended. With `trap` it is the one whose kernel traps.
import { errorText } from "../../sdk/contract/error-text.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { service } from "../../sdk/contract/server.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { addSource, received } from "../../sdk/runtime/loop.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { NativeThread } from "../../sdk/runtime/native-thread.ts";
import { open } from "../../sdk/runtime/open.ts";
import { begin, sendMessage } from "../../sdk/runtime/outbox.ts";
import { run } from "../../sdk/runtime/run.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import { Box } from "./box.contract.ts";
import { ticker } from "./ticker.tape";

const ADD = 0x1000;
const TICK = 0x1001;
const TRAP = 0x1002;
const MS = 1_000_000;
const words = { SUM: 0, LEFT: 1, TICKS: 3, AGAIN: 4, STEPS: 5 };

function good<T>(value: T | Failure): T {
  if (value instanceof Failure) throw new Error(value.sentence);
  return value;
}

function memoryOf(bytes: number) {
  const memory = good(Memory.create(bytes));
  const view = good(memory.mapForKernels());
  memory.close();
  return view;
}

let cases = 0;
function told(name: string, is: unknown, expected: unknown): void {
  cases += 1;
  log(is === expected ? `passed: ${name}` : `FAILED: ${name}: ${is}, not ${expected}`);
}

export function main(trap: boolean): void {
  run(async () => {
    ready();
    try {
      await tried(trap);
    } catch (error) {
      // The simulated nucleus says nothing of a promise that nobody waits for.
      log(`FAILED: ${errorText(error)}`);
    }
  });
}

async function tried(trap: boolean): Promise<void> {
  const state = memoryOf(4096);
  const clock = memoryOf(4096);
  const late = memoryOf(4096);
  const heard: number[] = [];
  let wake = () => {};
  const came = () =>
    new Promise<void>((resolve) => {
      wake = resolve;
    });
  const thread = good(
    NativeThread.create(ticker, [state, clock, late], (id) => {
      heard.push(id, received.words[(received.at >> 2) + 1]!);
      wake();
    }),
  );
  const failure = thread.start();
  if (failure !== undefined) throw new Error(failure.sentence);
  if (trap) return thread.send(TRAP);

  // A channel of its own, whose messages the kernel answers.
  const { near, far } = good(Endpoint.pair());
  const sums: number[] = [];
  addSource(near, {
    event: (_type, at) => {
      sums.push(received.words[(at >> 2) + 1]!);
      wake();
    },
  });
  told("a handle is bound to the thread's port", thread.bind(far, 7), 0);
  const add = (value: number) => {
    const { view, start } = begin(0);
    view.setUint32(start, ADD, true);
    view.setUint32(start + 4, value, true);
    view.setUint32(start + 8, far, true);
    sendMessage(near, start + 12, false, undefined);
  };
  let next = came();
  add(40);
  await next;
  next = came();
  add(2);
  await next;
  told("the kernel answers by itself", sums.join(" "), "40 42");

  // Whatever it does not know comes here, with its handles, and is answered from here.
  let noted = 0;
  let closed = false;
  const box = service(Box, {
    put: ({ memory, value }) => ({ memory, value: value + noted }),
    note: ({ value }) => void (noted = value),
    closed: () => {
      closed = true;
    },
  });
  const ends = good(Endpoint.pair());
  const server = new Endpoint(ends.near);
  box.accept(server);
  server.bindTo(thread.port);
  const client = open(Box, ends.far, "box");
  client.send.note({ value: 5 });
  const sent = good(Memory.create(8192));
  const answer = good(await client.put({ memory: sent.take(), value: 1 }));
  told("a call and an event are handed on", answer.value, 6);
  const back = new Memory(answer.memory);
  told("and the handles with it", back.size(), 8192);
  back.close();
  client.close();
  for (let tries = 0; tries < 100 && !closed; tries++) await sleep(MS);
  told("so is the end of the other side", closed, true);

  // It ticks while JavaScript computes without a pause.
  state.set32(4 * words.TICKS, 0);
  next = came();
  thread.send(TICK, 50, MS);
  await sleep(0);
  const until = clock.get64(0);
  let sum = 0;
  for (let i = 0; i < 200_000; i++) sum = (sum + i) | 0;
  log(`computed ${sum} from ${until}`);
  await next;
  told("fifty ticks", state.get32(4 * words.TICKS), 50);
  told("and the word of it", heard.join(" "), `${0x1003} 50`);
  told("how late each was is noted", late.get32(0), 50);
  const steps = state.get32(4 * words.STEPS);
  await sleep(50 * MS);
  told("with nothing pending it never runs", state.get32(4 * words.STEPS), steps);

  // Rounds behind a fence, and an end at a whole state; then another thread goes on with it.
  state.set32(4 * words.AGAIN, 3);
  for (let round = 0; round < 3; round++) {
    await new Promise<void>((resolve) => thread.stop(resolve));
    told("stopped", thread.running, false);
    next = came();
    add(1);
    await sleep(MS);
    told("what comes meanwhile waits", state.get32(0), 42 + round);
    const again = thread.start();
    if (again !== undefined) throw new Error(again.sentence);
    await next;
    told("and is found behind the next start", state.get32(0), 43 + round);
  }
  told("rounds of one wait", state.get32(4 * words.AGAIN), 0);
  await new Promise<void>((resolve) => thread.stop(resolve));
  thread.close();
  log(`${cases} cases of native threads`);
}
