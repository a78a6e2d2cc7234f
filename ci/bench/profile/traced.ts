// Which instructions a guest executes, in windows: QEMU logs each address while it goes on step by step.
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { benchGuest, benchMachine } from "../guests/held.ts";

/** Milliseconds of a window, on the host's clock: what it holds is a sample, whatever the host does meanwhile. */
const WINDOW = 150;
/** User space ends before this: the nucleus is not the engine. */
const USER_END = 2 ** 47;

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Addresses in user space in the order of execution, 0 for the nucleus and between two windows. At a login prompt somebody logs in.
 * @param pause milliseconds between two windows
 */
export async function traced(
  disk: string,
  folder: string,
  windows: number,
  pause: number,
): Promise<number[]> {
  const log = join(folder, "trace.log");
  const guest = await benchGuest({ ...benchMachine, memory: "1G", disk, icount: true, cpus: 1 });
  const monitor = async (...lines: string[]) => {
    for (const line of lines)
      await guest.qmp.execute("human-monitor-command", { "command-line": line });
  };
  const answers: [RegExp, string][] = [
    [/login: $/, "dev\n"],
    [/assword: ?$/, "dev\n"],
    [/\$ $/, "ps\n"],
  ];
  const places: number[] = [];
  try {
    for (let n = 0; n < windows; n++) {
      await sleep(pause);
      await monitor("stop", `logfile ${log}`, "singlestep on", "log exec,nochain", "cont");
      await sleep(WINDOW);
      await monitor("stop", "log none", "logfile /dev/null", "singlestep off", "cont");
      for (const [, address] of readFileSync(log, "latin1").matchAll(
        /^Trace [^[]*\[\w+\/(\w+)/gm,
      )) {
        const place = Number.parseInt(address!, 16);
        places.push(place < USER_END ? place : 0);
      }
      places.push(0);
      rmSync(log);
      const answer = answers.find(([prompt]) => prompt.test(guest.transcript.text));
      if (answer !== undefined) guest.type(answer[1]);
    }
  } finally {
    await guest.close();
  }
  return places;
}
