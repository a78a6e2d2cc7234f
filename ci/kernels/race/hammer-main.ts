// The writer: machine code that flips a byte of memory which somebody else has sealed meanwhile.
import { protections } from "../../../sdk/abi/table.ts";
import { Failure } from "../../../sdk/contract/failure.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { run } from "../../../sdk/runtime/run.ts";
import { serve } from "../../../sdk/runtime/serve.ts";
import type { SharedView } from "../../../sdk/runtime/shared-view.ts";
import { ready } from "../../../sdk/runtime/supervisor.ts";
import { after } from "../../../sdk/runtime/timers.ts";
import { hammer } from "../hammer.tape";
import { BURST, Hammer } from "./hammer.contract.ts";

run(() => {
  let view: SharedView | undefined;
  let written = 0;
  const unmap = () => {
    view?.close();
    view = undefined;
  };
  const burst = (at: number, left: number, more: number) => {
    if (view === undefined) return;
    hammer(view, at, 1, left > 0 ? BURST : more);
    written += 1;
    if (left > 0) after(0, () => burst(at, left - 1, more));
    else unmap();
  };
  serve("/svc/hammer", Hammer, {
    map: ({ memory: handle }) => {
      const memory = new Memory(handle);
      const mapped = memory.mapForKernels(protections.READ | protections.WRITE);
      memory.close();
      if (mapped instanceof Failure) return mapped;
      view = mapped;
      written = 0;
      return {};
    },
    flip: ({ at, bursts, more }) => {
      after(0, () => burst(at, bursts, more));
      return {};
    },
    stop: () => {
      const writing = view !== undefined;
      unmap();
      return { bursts: written, writing };
    },
  });
  ready();
});
