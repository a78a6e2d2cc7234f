// Systems' ends of channels on sockets of this host: they answer as a test says, or go away in the midst of it.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeFrame, frameKinds } from "../../../channel/frame.ts";
import { FrameReader } from "../../../channel/frame-reader.ts";
import { parseRequest } from "../../../channel/request.ts";
import { Transfer } from "../../../channel/transfer.ts";

/** A folder for them, and how one begins; `close` ends all that is left. */
export function fakeSystems() {
  const folder = mkdtempSync(join(tmpdir(), "leivos-connection-"));
  /** The systems' ends of all sessions: one that is left open would keep this process. */
  const sockets: Socket[] = [];
  const close = () => {
    for (const socket of sockets) socket.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  /** A system's end; `answer` gives a request's answer, `lose` says which of its frames never leave. */
  function system(
    name: string,
    answer: (call: string, socket: Socket) => object | undefined,
    { lose = (count: number) => count < 0, version = 1 } = {},
  ) {
    const path = join(folder, name);
    let frames = 0;
    const server = createServer((socket) => {
      sockets.push(socket);
      const reader = new FrameReader();
      let transfer: Transfer | undefined;
      socket.on("error", () => undefined);
      socket.on("data", (bytes) =>
        reader.push(bytes, (frame) => {
          if (frame.kind === frameKinds.OPEN) {
            const payload = new Uint8Array([version, 0]);
            socket.write(encodeFrame({ ...frame, kind: frameKinds.OPENED, payload }));
            transfer ??= new Transfer(frame.session, {
              transmit: (each) => {
                if (!lose(frames++)) socket.write(encodeFrame(each));
              },
              message: (message) => {
                const { id, call } = parseRequest(Buffer.from(message).toString())!;
                const reply = answer(call, socket);
                if (reply !== undefined)
                  transfer?.send(Buffer.from(JSON.stringify({ id, ...reply })), 0);
              },
            });
          } else transfer?.receive(frame, 0);
        }),
      );
    });
    return new Promise<{ path: string; server: Server }>((resolve) =>
      server.listen(path, () => resolve({ path, server })),
    );
  }
  return { folder, sockets, system, close };
}
