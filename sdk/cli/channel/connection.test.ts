// A host's session against doors on a socket: the real one, one that is silent, one that goes away.
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { encodeFrame, frameKinds } from "../../channel/frame.ts";
import { FrameReader } from "../../channel/frame-reader.ts";
import { parseRequest } from "../../channel/request.ts";
import { Transfer } from "../../channel/transfer.ts";
import { Connection } from "./connection.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-connection-"));
/** The systems' ends of all sessions: one that is left open would keep this process. */
const sockets: Socket[] = [];
test.after.always(() => {
  for (const socket of sockets) socket.destroy();
  rmSync(folder, { recursive: true, force: true });
});

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

test("requests are answered, several at once, and refusals are the system's own sentences", async (t) => {
  const { path, server } = await system("plain", (call) =>
    call === "bad" ? { failure: { code: 4, sentence: "it may not" } } : { reply: { call } },
  );
  const connection = await Connection.open(path);
  const calls = ["a", "b", "c"];
  const replies = await Promise.all(calls.map((call) => connection.ask(call)));
  t.deepEqual(
    replies,
    calls.map((call) => ({ call })),
  );
  await t.throwsAsync(connection.ask("bad"), { message: "it may not" });
  connection.close();
  await t.throwsAsync(connection.ask("late"));
  server.close();
});

test("lost frames are made up for", async (t) => {
  const lose = (count: number) => count === 0;
  const { path, server } = await system("lossy", (call) => ({ reply: { call } }), { lose });
  const connection = await Connection.open(path);
  t.deepEqual(await connection.ask("a"), { call: "a" });
  connection.close();
  server.close();
});

test("a system that is gone in the middle: each request ends, and says that it was maybe done", async (t) => {
  const { path, server } = await system("gone", (_call, socket) => {
    socket.destroy();
    return undefined;
  });
  const connection = await Connection.open(path);
  await t.throwsAsync(connection.ask("kill"), { message: /ended; .*maybe done/ });
  server.close();
});

test("a system that took a request and started afresh: the request ends", async (t) => {
  const { path, server } = await system("afresh", (_call, socket) => {
    // What a door without this session says to whatever comes next.
    socket.removeAllListeners("data");
    const reader = new FrameReader();
    socket.on("data", (bytes) =>
      reader.push(bytes, (frame) => {
        if (frame.kind !== frameKinds.DATA) return;
        socket.write(encodeFrame({ ...frame, kind: frameKinds.CLOSE, payload: new Uint8Array(0) }));
      }),
    );
    return undefined;
  });
  const connection = await Connection.open(path);
  await t.throwsAsync(connection.ask("kill"), { message: /ended the session.*maybe done/ });
  connection.close();
  server.close();
});

test("no system, a silent one, and one of another version", async (t) => {
  const nobody = join(folder, "nobody");
  await t.throwsAsync(Connection.open(nobody), { message: /can't be reached/ });
  const silent = createServer((socket) => void sockets.push(socket));
  const path = join(folder, "silent");
  await new Promise<void>((resolve) => silent.listen(path, resolve));
  await t.throwsAsync(Connection.open(path, 50), { message: /does not answer/ });
  silent.close();
  const other = await system("other", () => undefined, { version: 2 });
  await t.throwsAsync(Connection.open(other.path), { message: /version 2 .*build and boot/ });
  other.server.close();
});
