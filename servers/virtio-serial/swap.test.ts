// The driver is swapped twenty times under the dev channel's own traffic, on the simulated nucleus: the session goes on, and neither end sends
// a frame twice.
import test from "ava";
import { encodeFrame, type Frame, frameKinds } from "../../sdk/channel/frame.ts";
import { FrameReader } from "../../sdk/channel/frame-reader.ts";
import { Transfer } from "../../sdk/channel/transfer.ts";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { serverScript } from "../../sdk/sim/testing/server-script.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const SWAPS = 20;
const SESSION = 7;

const body = `
  const pushed = [push("one"), push("two")];
  for (let i = 0; i < ${SWAPS}; i++) {
    await sleep(30e6);
    const [memory, size] = pushed[i % 2]!;
    const copy = memory.duplicate();
    if (copy instanceof Failure) throw new Error(copy.sentence);
    const again = () => swap(i % 2 === 0 ? "one" : "two", [new Memory(copy), size]);
    say("step " + await again());
  }
`;

test("the line to the host loses no byte while its driver is swapped", async (t) => {
  t.timeout(600_000);
  const variant = (mark: number) =>
    serverScript(
      `import "../../../servers/virtio-serial/main.ts";\n(globalThis as any).mark = ${mark};`,
    );
  const codes = { one: await variant(1), two: await variant(2) };
  const image = await withServer(await freshSystem(), pushingHost("virtio-serial", codes, body), {
    name: "host",
    uses: ["/svc/session"],
    may: ["see", "manage", "log"],
    budget: 48 << 20,
  });
  const guest = await SimGuest.boot({ ...image, board: { channel: true, net: false } });
  const { machine } = guest;
  const { board } = machine;
  const reader = new FrameReader();
  const send = (frame: Frame) => board.channel!.receive(encodeFrame(frame));
  const answers: string[] = [];
  const transfer = new Transfer(SESSION, {
    transmit: send,
    message: (bytes) => void answers.push(Buffer.from(bytes).toString()),
  });
  let opened = false;
  const seen = new Set<number>();
  let twice = 0;
  board.onChannel = (bytes) =>
    reader.push(bytes, (frame) => {
      if (frame.session !== SESSION) return;
      if (frame.kind === frameKinds.OPENED) opened = true;
      if (frame.kind === frameKinds.DATA) {
        if (seen.has(frame.sequence)) twice += 1;
        seen.add(frame.sequence);
      }
      transfer.receive(frame, machine.now);
    });
  send({
    kind: frameKinds.OPEN,
    flags: 0,
    session: SESSION,
    sequence: 0,
    payload: new Uint8Array([1, 0]),
  });
  await machine.run(() => opened, machine.now + 5e9);
  t.true(opened);
  // Requests of several frames and answers of many, one behind the other, until the host is done; then it is asked how that went.
  const ask = async (call: string, fields: object) => {
    const id = answers.length + 1;
    transfer.send(Buffer.from(JSON.stringify({ id, call, fields })), machine.now);
    await machine.run(() => answers.length >= id, machine.now + 5e9);
    const answer = JSON.parse(answers[id - 1] ?? "{}");
    t.is(answer.id, id);
    return answer.reply;
  };
  let text = "";
  let position = 0;
  let rounds = 0;
  for (; rounds < 500 && !/host: (?:warning: )?done/.test(text); rounds++) {
    if (rounds % 8 === 0)
      await ask("script", { kind: "script", show: "value", source: "x".repeat(9000) });
    await ask("processes", { from: 0 });
    const { text: more, next } = await ask("log", { position });
    text += more;
    position = next;
  }
  t.log(`${rounds} rounds, ${seen.size} frames`);
  const steps = [...text.matchAll(/host: (?:warning: )?step ([^\r\n]*)/g)];
  t.is(steps.length, SWAPS);
  for (const [, line] of steps) t.regex(line!, /^swapped virtio-serial .*, 1 stream kept\)$/);
  t.is(twice, 0);
  t.is(transfer.repeated, 0);
  t.true(answers.length > SWAPS);
});
