// A host's session against doors on a socket: the real one, one that is silent, one that goes away.
import { createServer } from "node:net";
import { join } from "node:path";
import test from "ava";
import { encodeFrame, frameKinds } from "../../channel/frame.ts";
import { FrameReader } from "../../channel/frame-reader.ts";
import { Connection } from "./connection.ts";
import { fakeSystems } from "./testing/fake-systems.ts";

const { folder, sockets, system, close } = fakeSystems();
test.after.always(close);

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
