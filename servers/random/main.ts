// The random server: bytes from this process's own generator, which was seeded at start.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { accept } from "../../sdk/hot/accept.ts";
import { randomBytes } from "../../sdk/runtime/random.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { Random } from "./contract.ts";

/** Most bytes of one call: a reply has 4,096 bytes. */
const MOST = 2048;

// New code takes over the clients; there is nothing else to take over, since its generator has a seed of its own.
accept();

run((start) => {
  serve("/svc/random", Random, {
    bytes: ({ count }) => {
      if (count > MOST)
        return refuse(failures.LIMIT, `a call gives at most ${MOST} bytes; ask in pieces`);
      const bytes = randomBytes(count);
      return bytes instanceof Failure ? bytes : { bytes };
    },
  });
  if (!start.seeded) log("the machine has no source of entropy: requests are refused", "warning");
  ready();
});
