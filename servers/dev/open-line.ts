// Opens the line to the host, however long its driver takes to come back.
// Invariant: only a driver that has ended for good, since the machine has no such device, ends the wait.
import { Failure, failures } from "../../sdk/contract/failure.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { SECOND } from "../../sdk/runtime/time.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import type { Session } from "../init/contract.ts";
import { HostStream } from "../virtio-serial/contract.ts";

const NAME = "/dev/host0";
/** Time between two looks at a driver that `init` holds back. */
const PAUSE = 2 * SECOND;

/** The line; undefined when there will be none. */
export async function openLine(session: Client<typeof Session>) {
  for (let told = false; ; told = true) {
    const opened = await connect(HostStream, NAME);
    if (!(opened instanceof Failure) || opened.code !== failures.UNAVAILABLE) return opened;
    const answer = await session.services({});
    if (answer instanceof Failure) return answer;
    const state = answer.services.find((each) => each.name === NAME)?.state;
    if (!told) log(`${opened.sentence} (it is ${state ?? "not there"})`);
    if (state === undefined || state === "stopped" || state === "left out") return undefined;
    // It waits for its driver as a server that runs: its own start is not late.
    if (!told) ready();
    await sleep(PAUSE);
  }
}
