// The line to the host of a simulated machine, on a socket like that of QEMU's: one host at a time, the newest.
import { createServer, type Socket } from "node:net";
import { join } from "node:path";
import { holdFolder, releaseFolder } from "../../../ci/qemu/resources.ts";
import type { Machine } from "../../sim/machine.ts";

/** A listening line. */
export interface SimLine {
  /** path of the socket */
  readonly path: string;
  close(): void;
}

/** Opens the line of a machine whose board has a channel; `wake` tells it that bytes have come. */
export async function openSimLine({ board }: Machine, wake: () => void): Promise<SimLine> {
  const folder = holdFolder();
  const path = join(folder, "channel");
  let host: Socket | undefined;
  board.onChannel = (bytes) => {
    if (host?.destroyed === false) host.write(bytes);
  };
  const server = createServer((socket) => {
    host?.destroy();
    host = socket;
    socket.on("error", () => undefined);
    socket.on("data", (bytes) => {
      board.channel?.receive(bytes);
      wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    path,
    close() {
      host?.destroy();
      server.close();
      releaseFolder(folder);
    },
  };
}
