// netd ends under streams of programs: those whose memory is shared come back and lose nothing, whatever was on its way; others say why they end.
import test from "ava";
import fc from "fast-check";
import { LoopbackNetwork, sound } from "../../servers/netd/testing/loopback-network.ts";
import { Failure } from "../contract/failure.ts";
import { connect } from "./connect.ts";
import { listen } from "./listen.ts";
import type { TcpStream } from "./tcp-stream.ts";

async function pair() {
  const net = new LoopbackNetwork();
  const listener = sound(await net.until(listen(net.join(), 80)));
  const accepting = listener.accept();
  const left = sound(await net.until(connect(net.join(), "127.0.0.1", 80)));
  const right = sound(await net.until(accepting)).stream;
  return { net, left, right };
}

const bytes = (from: number, length: number) =>
  Uint8Array.from({ length }, (_, index) => ((from + index) * 7) >>> 3);

/** Reads up to the end: how many bytes came, and which failure or -1 for none ended it. */
async function readAll(stream: TcpStream) {
  let at = 0;
  for (;;) {
    const part = await stream.read();
    if (part instanceof Failure) return { at, ended: part.sentence };
    if (part.done) return { at, ended: "" };
    const wanted = bytes(at, part.value.length);
    for (let i = 0; i < wanted.length; i++)
      if (wanted[i] !== part.value[i]) return { at: at + i, ended: "wrong byte" };
    at += part.value.length;
  }
}

async function writeAll(stream: TcpStream, length: number): Promise<string> {
  for (let at = 0; at < length; at += 50_000) {
    const failed = await stream.write(bytes(at, Math.min(50_000, length - at)));
    if (failed !== undefined) return failed.sentence;
  }
  return (await stream.finish())?.sentence ?? "";
}

test("both ways at once, netd ended at any moments: every byte arrives, and both ends", async (t) => {
  const LENGTH = 4_000_000;
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.nat({ max: 120 }), { minLength: 1, maxLength: 5 }),
      async (pauses) => {
        const { net, left, right } = await pair();
        const all = Promise.all([
          readAll(left),
          readAll(right),
          writeAll(left, LENGTH),
          writeAll(right, LENGTH),
        ]);
        // Both share their memory from here on.
        let steps = 0;
        while (net.rows.length < 2 && steps++ < 500) await net.pass();
        t.is(net.rows.length, 2);
        for (const pause of pauses) {
          for (let step = 0; step < pause; step++) await net.pass(1_000_000);
          net.crash();
        }
        const [one, other, ...written] = await net.until(all, 10_000_000);
        t.deepEqual(written, ["", ""]);
        t.deepEqual(
          [one, other],
          [
            { at: LENGTH, ended: "" },
            { at: LENGTH, ended: "" },
          ],
        );
        left.close();
        right.close();
        await net.pass(1_000_000);
        t.is(net.rows.length, 0);
        await net.pass(61_000_000_000);
        const { tcp } = net.host.stack;
        t.is(tcp.connections.length + tcp.account.used + tcp.awaited.length, 0);
      },
    ),
    { numRuns: process.env["LEIVOS_CAMPAIGN"] === "soak" ? 200 : 6, seed: 8 },
  );
});

test("a stream without shared memory ends, and says what happened", async (t) => {
  const { net, left, right } = await pair();
  const reading = left.read();
  net.crash();
  const ended = await net.until(reading);
  t.true(
    ended instanceof Failure && /restarted, and the connection was not whole/.test(ended.sentence),
  );
  t.is(left.outcome, "restarted");
  await net.pass(1_000_000);
  t.is(right.outcome, "restarted");
});
