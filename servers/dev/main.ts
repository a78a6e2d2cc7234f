// The system's end of the channel to the host (docs/dev-channel.md): sessions over /dev/host0, each request over /svc/session.
// Invariant: what a host can do is what this server's manifest says under `may`; only development images have this server.
import { type ChannelAnswer, parsePiece, parseRequest } from "../../sdk/channel/request.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { connect } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { exit, log, ready } from "../../sdk/runtime/supervisor.ts";
import { now, SECOND } from "../../sdk/runtime/time.ts";
import { at, sleep, type Timer } from "../../sdk/runtime/timers.ts";
import { Session } from "../init/contract.ts";
import { Tape } from "../tape/contract.ts";
import { answer, ask } from "./ask.ts";
import { codeMemory } from "./code-memory.ts";
import { Door } from "./door.ts";
import { openLine } from "./open-line.ts";
import { Outgoing } from "./outgoing.ts";
import { Pushes } from "./pushes.ts";
import { Scripts } from "./scripts.ts";

/** Within which the line is opened again only after a pause, since the driver's answer before was garbled, too. */
const GARBLED = 10 * SECOND;
const PAUSE = 2 * SECOND;

run(async () => {
  const session = await connect(Session, "/svc/session");
  if (session instanceof Failure) return stop(session);
  session.onClosed(() => stop(new Failure(failures.UNAVAILABLE, "init has closed the session")));
  let opened = await openLine(session);

  // What a line loses that breaks is sent again by the host's session, which lives on.
  const outgoing = new Outgoing(async (bytes) => {
    if (opened === undefined || opened instanceof Failure) return;
    const { stream } = opened;
    const written = await stream.write({ bytes });
    // A reader hears of the line's end by itself.
    if (written instanceof Failure) log(`bytes for the host are lost: ${written.sentence}`);
  });
  const pushes = new Pushes(codeMemory);
  const scripts = new Scripts({ session, open: () => connect(Tape, "/svc/tape") });
  const door = new Door({
    transmit: (bytes) => outgoing.add(bytes),
    request: (message, send) => {
      const reply = (value: ChannelAnswer): void => {
        send(encode(JSON.stringify(value)));
        look();
      };
      const piece = parsePiece(message);
      if (piece !== undefined) return reply(answer(piece.id, pushes.piece(piece.operations)));
      const text = uusi.decode(message, 0, message.length);
      const request = text === undefined ? undefined : parseRequest(text);
      // No answer has an id for it: a host that sends this is no `uusi`.
      if (request === undefined) return log("a request is no JSON object with id, call and fields");
      void ask(session, pushes, scripts, request).then(reply);
    },
    over: () => scripts.close(),
    now,
  });
  let timer: Timer | undefined;
  /** Sets the timer to the time at which the door has something to do. */
  const look = (): void => {
    timer?.cancel();
    timer = undefined;
    if (door.deadline === Infinity) return;
    timer = at(door.deadline, () => {
      door.tick();
      look();
    });
  };
  ready();
  let garbled = -Infinity;
  for (;;) {
    if (opened === undefined) return exit(0);
    if (opened instanceof Failure) return stop(opened);
    const { stream, piece } = opened;
    door.piece = piece;
    const read = await stream.read({});
    if (!(read instanceof Failure)) {
      door.receive(read.bytes);
      look();
    } else if (stream.closed) {
      log("the line's driver has ended; the line goes on with the next one");
      opened = await openLine(session);
    } else {
      log(`the line is opened again: ${read.sentence}`, "warning");
      stream.close();
      if (now() - garbled < GARBLED) await sleep(PAUSE);
      garbled = now();
      opened = await openLine(session);
    }
  }
});

function encode(text: string): Uint8Array {
  const bytes = new Uint8Array(3 * text.length);
  return bytes.subarray(0, uusi.encode(text, bytes, 0));
}

function stop(why: Failure): void {
  log(why.sentence, "error");
  exit(1);
}
