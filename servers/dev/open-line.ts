// Opens the line to the host, however long its driver takes to come back.
// Invariant: only drivers that have ended for good, since the machine has no such device, and a refusal of `init` end the wait: a driver whose answers are
// unsound will be ended or mended, and whoever ended over it would take the host's sessions along.
import { pieceBytes } from "../../sdk/channel/transfer.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { SECOND } from "../../sdk/runtime/time.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import type { Session } from "../init/contract.ts";
import { HostStream } from "../virtio-serial/contract.ts";

/** The fast one first. */
const lines = [
  { name: "/dev/host0", piece: pieceBytes.fast },
  { name: "/dev/host1", piece: pieceBytes.serial },
] as const;
/** Time between two looks at drivers that `init` holds back. */
const PAUSE = 2 * SECOND;

/** An open line. */
export interface OpenLine {
  readonly stream: Client<typeof HostStream>;
  /** bytes of its frames */
  readonly piece: number;
}

/** The line; undefined when there will be none. */
export async function openLine(
  session: Client<typeof Session>,
): Promise<OpenLine | Failure | undefined> {
  for (let told = false; ; told = true) {
    let coming = false;
    for (const { name, piece } of lines) {
      const stream = await connect(HostStream, name);
      if (!(stream instanceof Failure)) return { stream, piece };
      if (stream.code === failures.NOT_FOUND) continue;
      if (stream.code === failures.REFUSED) return stream;
      const answer = await session.services({});
      if (answer instanceof Failure) return answer;
      const state = answer.services.find((each) => each.name === name)?.state;
      if (!told) log(`${stream.sentence} (it is ${state ?? "not there"})`);
      if (state !== undefined && state !== "stopped" && state !== "left out") coming = true;
    }
    if (!coming) return undefined;
    // It waits for its driver as a server that runs: its own start is not late.
    if (!told) ready();
    await sleep(PAUSE);
  }
}
