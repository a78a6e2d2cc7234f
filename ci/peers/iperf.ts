// iperf3 (BSD-3-Clause) as a server on the Linux side.
import type { LinuxNet } from "./linux-net.ts";
import { type Unpacked, unpackedProgram } from "./unpacked.ts";

/** The program, or undefined where it can't be had. */
export function findIperf(): Unpacked | undefined {
  return unpackedProgram("iperf3", "usr/bin/iperf3", ["iperf3", "libiperf0", "libsctp1"]);
}

/** Serves at iperf3's own port until the network is closed; resolves when it listens. `line` sees what it says. */
export async function startIperf(
  net: LinuxNet,
  { path, libraries }: Unpacked,
  line: (text: string) => void,
): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const environment = ["env", `LD_LIBRARY_PATH=${libraries}`];
    const child = net.start([...environment, path, "-s", "--forceflush"], (text) => {
      line(text);
      if (/Server listening/.test(text)) resolve();
    });
    child.once("close", () => reject(new Error("iperf3 has ended")));
  });
}
