// `uusi capture`: the frames of a running machine's card, as pcapng, until Ctrl-C.
// Invariant: the machine's own flow is not changed, and nothing of the capture stays in QEMU behind it.
import { execFileSync } from "node:child_process";
import { createWriteStream, openSync, constants, rmSync } from "node:fs";
import { connect, Socket } from "node:net";
import { dirname, join } from "node:path";
import { Qmp } from "../../../ci/qemu/qmp.ts";
import { PcapStream, pcapngEnd, pcapngFrame, pcapngStart } from "../capture/pcapng.ts";
import { findMachine } from "../channel/machines.ts";
import { Failure } from "../failure.ts";
import { type FlagTable, firstOf, flagHelp, numberOf, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { fromCaller } from "./image.ts";

const flags: FlagTable = {
  out: { value: "FILE", help: "the file to write, such as wire.pcapng; - is standard output" },
  count: { value: "N", help: "ends after so many frames" },
  machine: { value: "N", help: "which machine, when several run" },
};

/** A connection to the machine's QEMU. */
async function monitorOf(channel: string): Promise<Qmp> {
  const socket = connect(`${channel}-monitor`);
  await new Promise<void>((resolve, reject) => {
    socket.once("connect", resolve);
    socket.once("error", () => reject(new Failure("this machine has no QEMU to ask", 2)));
  });
  const qmp = new Qmp(socket);
  await qmp.open();
  return qmp;
}

export const command: Command = {
  summary: "writes a machine's network frames as pcapng",
  help: () =>
    `npx uusi capture --out FILE [flags]\n\nEnds with Ctrl-C. Live: npx uusi capture --out - | wireshark -k -i -\n\n${flagHelp(flags)}`,
  async run(args) {
    const given = parseFlags("capture", flags, args);
    const out = firstOf(given, "out");
    if (out === undefined || given.rest.length > 0)
      throw new Failure("uusi capture: where to? give --out wire.pcapng", 2);
    const most = numberOf(given, "count", 1, Number.MAX_SAFE_INTEGER) ?? Infinity;
    const { channel } = findMachine(firstOf(given, "machine"));
    const qmp = await monitorOf(channel);
    const id = `capture-${process.pid}`;
    const pipe = join(dirname(channel), id);
    execFileSync("mkfifo", [pipe]);
    // Open for both: whoever opens only one end waits for the other.
    const end = openSync(pipe, constants.O_RDWR | constants.O_NONBLOCK);
    const file = out === "-" ? process.stdout : createWriteStream(fromCaller(out));
    let count = 0;
    try {
      const source = new Socket({ fd: end, readable: true, writable: false });
      const stream = new PcapStream();
      file.write(pcapngStart("net0"));
      const ended = new Promise<void>((resolve, reject) => {
        process.once("SIGINT", resolve);
        process.once("SIGTERM", resolve);
        file.once("error", reject);
        source.on("data", (piece: Buffer) => {
          try {
            for (const frame of stream.push(piece)) {
              if (count === most) break;
              file.write(pcapngFrame(frame));
              count += 1;
            }
            if (count >= most) resolve();
          } catch (error) {
            reject(error);
          }
        });
        void qmp
          .execute("object-add", {
            "qom-type": "filter-dump",
            id,
            netdev: "net0",
            file: pipe,
          })
          .catch((error: Error) =>
            reject(new Failure(`this machine has no network: ${error.message}`, 2)),
          );
        qmp.onEvent(({ event }) => event === "SHUTDOWN" && resolve());
      });
      await ended;
      source.destroy();
    } finally {
      await qmp.execute("object-del", { id }).catch(() => undefined);
      qmp.close();
      rmSync(pipe, { force: true });
    }
    const last = pcapngEnd(count, BigInt(Date.now()) * 1000n);
    await new Promise<void>((resolve) => {
      if (file === process.stdout) file.write(last, () => resolve());
      else file.end(last, () => resolve());
    });
    process.stderr.write(`capture: ${count} frames -> ${out}\n`);
    return 0;
  },
};
