// A server that comes to a limit, for the tests of both worlds: `limited`, its work a second after its start; and one that it calls, with
// 1000 in the turn that comes to the limit, with 7 when it is told.

/**
 * Its main.ts. `work`: statements of the turn that comes to the limit; it has \`kept\` (durable, counts starts), \`leak\`, and the switches
 * \`hang\` and \`fail\` of the handler of the word.
 */
export const limitServer = (work: string) => `
import { Failure } from "../../../sdk/contract/failure.ts";
import { connect } from "../../../sdk/runtime/connect.ts";
import { Ticker } from "../../../servers/init/testing/ticker.contract.ts";
import { u32 } from "../../../sdk/contract/field.ts";
import { state } from "../../../sdk/hot/state.ts";
import { onTerminating } from "../../../sdk/runtime/supervisor.ts";
const kept = state({ version: 1, durable: 100, schema: { turns: u32 }, initial: { turns: 0 } });
const leak: unknown[] = [];
let hang = false;
let fail = false;
void leak;
run(async () => {
  kept.data = { turns: kept.data.turns + 1 };
  log("begins with " + kept.data.turns, "warning");
  onTerminating((reason, within) => {
    if (hang) for (;;);
    if (fail) throw new Error("in the handler");
    log("told: " + reason + ", within " + within, "warning");
    void witness?.tell({ count: 7 });
    exit(0);
  });
  const opened = await connect(Ticker, "/svc/witness");
  const witness = opened instanceof Failure ? undefined : opened;
  ready();
  if (kept.data.turns < 2)
    after(1e9, () => {
      void witness?.tell({ count: 1000 });
      kept.data = { turns: kept.data.turns + 40 };
      ${work}
    });
});
`;

/** `witness` says in its log what it was called with. */
export const witnessServer = `
import { serve } from "../../../sdk/runtime/serve.ts";
import { Ticker } from "../../../servers/init/testing/ticker.contract.ts";
run(() => {
  serve("/svc/witness", Ticker, {
    tell: ({ count }) => {
      log("heard " + count, "warning");
      return { code: "" };
    },
  });
  ready();
});
`;
