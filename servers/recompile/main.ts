// The recompiling server: kernels that do not fit this processor, compiled anew for init, which starts it when it meets one.
// Invariant: it ends with its last client, and keeps nothing between two calls.
import { protections } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { processorHas } from "../../sdk/runtime/processor.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { exit, ready } from "../../sdk/runtime/supervisor.ts";
import { after, sleep } from "../../sdk/runtime/timers.ts";
import { compileAgain } from "./compile.ts";
import { MOST_FILE, Recompile } from "./contract.ts";

/** Time for the first client to come. */
const LONELY = 5e9;

function bytesOf(handle: number, size: number): Uint8Array | Failure {
  const memory = new Memory(handle);
  const fits = size > 0 && size <= MOST_FILE && size <= memory.size();
  const view = fits ? memory.map(protections.READ, 0, size) : undefined;
  memory.close();
  if (view === undefined)
    return refuse(
      failures.LIMIT,
      `a kernel has 1 to ${MOST_FILE} bytes, in memory that holds them`,
    );
  if (view instanceof Failure) return view;
  const bytes = new Uint8Array(size);
  view.copyOut(0, bytes, 0, size);
  view.close();
  return bytes;
}

function memoryOf(bytes: Uint8Array): Memory | Failure {
  const memory = Memory.create(bytes.length);
  if (memory instanceof Failure) return memory;
  const view = memory.map();
  if (view instanceof Failure) {
    memory.close();
    return view;
  }
  view.copyIn(0, bytes, 0, bytes.length);
  view.close();
  return memory;
}

run(() => {
  const leave = () => {
    if (places.peers.length === 0) exit(0);
  };
  const places = serve("/svc/recompile", Recompile, {
    closed: leave,
    kernel: async ({ memory, size }) => {
      const file = bytesOf(memory, size);
      if (file instanceof Failure) return file;
      const made = await compileAgain(file, processorHas(), () => sleep(0));
      if (typeof made === "string") return refuse(failures.REFUSED, made);
      const given = memoryOf(made);
      return given instanceof Failure ? given : { memory: given.take(), size: made.length };
    },
  });
  after(LONELY, leave);
  ready();
});
