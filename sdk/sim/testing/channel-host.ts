// A host on the line of a simulated machine: opens a session for each request, as `uusi` does (docs/dev-channel.md).
import { encodeFrame, type Frame, frameFlags, frameKinds } from "../../channel/frame.ts";
import { FrameReader } from "../../channel/frame-reader.ts";
import type { SimGuest } from "./sim-guest.ts";

type Answer = { readonly reply?: Record<string, unknown>; readonly failure?: { sentence: string } };

/** ns of virtual time in which an answer comes. */
const PATIENCE = 5e9;

/** `guest` was booted with `board: { channel: true }`. An answer that does not come is an empty one. */
export function channelHost({ machine }: SimGuest) {
  const { board } = machine;
  let frames: Frame[] = [];
  const reader = new FrameReader();
  board.onChannel = (bytes) => reader.push(bytes, (frame) => frames.push(frame));
  let session = 0;
  return async (call: string, fields: object = {}): Promise<Answer> => {
    session += 1;
    frames = [];
    const own = session;
    const send = (kind: number, sequence: number, payload: Uint8Array) =>
      board.toChannel(
        encodeFrame({ kind, flags: frameFlags.END, session: own, sequence, payload }),
      );
    let acknowledged = 0;
    const data = () => {
      const all = frames.filter((each) => each.session === own && each.kind === frameKinds.DATA);
      const inOrder = all.filter(
        ({ sequence }, i) => all.findIndex((each) => each.sequence === sequence) === i,
      );
      for (; acknowledged < inOrder.length; acknowledged++)
        send(frameKinds.ACK, inOrder[acknowledged]!.sequence + 1, new Uint8Array(0));
      return inOrder;
    };
    send(frameKinds.OPEN, 0, new Uint8Array([1, 0]));
    send(frameKinds.DATA, 0, Buffer.from(JSON.stringify({ id: 1, call, fields })));
    const whole = () => (data().at(-1)?.flags ?? 0) === frameFlags.END;
    await machine.run(whole, machine.now + PATIENCE);
    const text = Buffer.concat(data().map(({ payload }) => payload)).toString();
    return text === "" ? {} : (JSON.parse(text) as Answer);
  };
}
