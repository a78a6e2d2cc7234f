// A client of the counter that is a server itself, in versions: adds 1 again and again, and answers at /svc/meter what came of it.

export const meterFields = {
  name: "meter",
  serves: { "/svc/meter": { name: "counter", version: 1, methods: {} } },
  uses: ["/svc/counter"],
} as const;

export interface MeterVersion {
  readonly code: string;
  /** which shape of the counter's contract it speaks */
  readonly contract: string;
  /** its channel to the counter moves with it; else its `run` opens one */
  readonly keeps?: boolean;
  /** statements at the begin of `run` */
  readonly begin?: string;
  /** ms between two calls; default 2 */
  readonly pause?: number;
  /** no state: it can't hand over */
  readonly stateless?: boolean;
}

/** main.ts of a version. `code` of /svc/meter: version, sums that it got, failures, sums out of order, channels that it opened. */
export function meter({
  code,
  contract,
  keeps = false,
  begin = "",
  pause = 2,
  stateless = false,
}: MeterVersion): string {
  const times = contract === "counter" ? "" : ", times: 1";
  return `
import { Failure } from "../../../sdk/contract/failure.ts";
import { handle, u32 } from "../../../sdk/contract/field.ts";
import { handleOf } from "../../../sdk/hot/handle-of.ts";
import { state } from "../../../sdk/hot/state.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { open } from "../../../sdk/runtime/open.ts";
import { serve } from "../../../sdk/runtime/serve.ts";
import { every } from "../../../sdk/runtime/timers.ts";
import { Counter as Shown } from "../../../servers/init/testing/counter.contract.ts";
import { Counter } from "../../../servers/init/testing/${contract}.contract.ts";
void [state, handleOf, open, connect];
const initial = { sums: 0, failed: 0, wrong: 0, opened: 0, last: 0, heard: 0, channel: 0 };
const kept = ${
    stateless
      ? "{ data: initial }"
      : "state({ version: 1, schema: { sums: u32, failed: u32, wrong: u32, opened: u32, last: u32, heard: u32, channel: handle('endpoint') }, initial })"
  };
run(async () => {
  ${begin}
  serve<typeof Shown.methods>("/svc/meter", Shown, {
    add: () => ({ sum: 0 }),
    reach: () => ({ sum: 0 }),
    code: () => {
      const { sums, failed, wrong, opened } = kept.data;
      return { code: "${code} " + [sums > 0, failed, wrong, opened].join(" ") };
    },
  });
  ready();
  let counter = ${keeps} && kept.data.channel !== 0 ? open(Counter, kept.data.channel, "/svc/counter") : undefined;
  const use = (client: NonNullable<typeof counter>) => {
    kept.data.channel = ${keeps} ? handleOf(client) : 0;
    client.on.changed(() => { kept.data.heard++; });
    counter = client;
  };
  if (counter !== undefined) use(counter);
  else {
    // a channel that moved and that nobody reads would fill with events
    if (kept.data.channel !== 0) open(Counter, kept.data.channel).close();
    kept.data.channel = 0 as never;
    const made = await connect(Counter, "/svc/counter");
    if (made instanceof Failure) throw new Error(made.sentence);
    kept.data.opened++;
    use(made);
  }
  every(${pause}e6, async () => {
    const reply = await counter!.add({ by: 1${times} });
    if (reply instanceof Failure) { if (kept.data.failed++ === 0) log(reply.sentence, "warning"); }
    else {
      if (reply.sum <= kept.data.last) kept.data.wrong++;
      kept.data.last = reply.sum;
      kept.data.sums++;
    }
  });
});
`;
}
