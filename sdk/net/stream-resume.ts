// A stream whose server has ended finds the next one, and goes on there.
// Invariant: it comes back once, or not at all: who gave up, and who could never come back, is told so.
import { Failure, failures } from "../contract/failure.ts";
import type { Reply } from "../contract/contract.ts";
import type { Net } from "../../servers/netd/contract.ts";
import type { NetworkWorld } from "./network.ts";
import type { StreamRings } from "./stream-rings.ts";

/** What the next server says. */
export type Resumed = Reply<(typeof Net.methods)["resume"]>;

/** Nanoseconds; netd waits for ten seconds. */
const PAUSE = 100_000_000;
const TRIES = 100;

/** What the next server says; undefined where the stream is lost. `wanted` is asked before each try. */
export async function resumeStream(
  world: NetworkWorld,
  rings: StreamRings,
  wanted: () => boolean,
): Promise<Resumed | undefined> {
  if (world.again === undefined || rings.token === undefined) return undefined;
  for (let tries = 0; tries < TRIES && wanted(); tries++) {
    const net = await world.again();
    if (net instanceof Failure) {
      if (net.code === failures.REFUSED || net.code === failures.NOT_FOUND) return undefined;
    } else if (wanted()) {
      const request = rings.toResume();
      if (request === undefined) return undefined;
      const resumed = await net.resume(request);
      if (!(resumed instanceof Failure)) return resumed;
      // A failure of the service is its last word; one of the channel is the next end of the server.
      if (resumed.code > 0) return undefined;
    }
    await new Promise<void>((resolve) => void world.after(PAUSE, resolve));
  }
  return undefined;
}
