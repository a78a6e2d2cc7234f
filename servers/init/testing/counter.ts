// The counter of the swap tests, in versions.

export const counterFields = {
  name: "counter",
  serves: { "/svc/counter": { name: "counter", version: 1, methods: {} } },
} as const;

export interface CounterVersion {
  /** what `code` answers */
  readonly code: string;
  /** the arguments of `state(...)` */
  readonly state?: string;
  readonly contract?: string;
  /** statements before and in `run` */
  readonly before?: string;
  readonly begin?: string;
  /** more handlers, which replace the usual ones of the same name */
  readonly handlers?: string;
  /** the options of `serve` */
  readonly options?: string;
}

/** The first version's state. */
export const FIRST = `{
  version: 1,
  schema: { sum: u32, waiting: array(struct({ reply: parked, sum: u32 })) },
  initial: { sum: 0, waiting: [] },
}`;

/** main.ts of a version. */
export function counter({
  code,
  state = FIRST,
  contract = "counter",
  before = "",
  begin = "",
  handlers = "",
  options = "{}",
}: CounterVersion): string {
  return `
import { Failure } from "../../../sdk/contract/failure.ts";
import { array, bytes, handle, string, struct, time, u8, u32 } from "../../../sdk/contract/field.ts";
import { dispose, invalidate } from "../../../sdk/hot/accept.ts";
import { answer, PARKED, park, parked } from "../../../sdk/hot/park.ts";
import { back, from, state } from "../../../sdk/hot/state.ts";
import { timer } from "../../../sdk/hot/timer.ts";
import { Memory } from "../../../sdk/runtime/memory.ts";
import { serve } from "../../../sdk/runtime/serve.ts";
import { now } from "../../../sdk/runtime/time.ts";
import { sleep } from "../../../sdk/runtime/timers.ts";
import { Counter } from "../../../servers/init/testing/${contract}.contract.ts";
void [Failure, array, bytes, handle, string, struct, time, u8, u32, dispose, invalidate, back, from, timer, Memory, now, sleep];
const kept = state(${state});
${before}
run(() => {
  ${begin}
  const counter = serve<typeof Counter.methods, any>("/svc/counter", Counter, {
    add: ({ by }) => {
      const { data } = kept;
      data.sum += by;
      const ready = data.waiting.filter((each) => each.sum <= data.sum);
      data.waiting = data.waiting.filter((each) => each.sum > data.sum);
      for (const { reply } of ready) answer(Counter, "reach", reply, { sum: data.sum });
      counter.broadcast.changed({ sum: data.sum });
      return { sum: data.sum };
    },
    code: () => ({ code: "${code}" }),
    reach: ({ sum }) => {
      if (kept.data.sum >= sum) return { sum: kept.data.sum };
      kept.data.waiting.push({ reply: park(), sum });
      return PARKED;
    },
    ${handlers}
  }, ${options});
  ready();
});
`;
}
