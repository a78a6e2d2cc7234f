// The module `net` of programs over sdk/net. Invariant: a host function that waits is asked again, and gives its answer once; an id
// stands for a connection or listener of this program only.
import type { HostCall, HostFn } from "../../tape/interp/machine.ts";
import { toByteString } from "../../tape/source/utf8.ts";
import { netFailures } from "../../servers/netd/contract.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import { connect } from "../net/connect.ts";
import { listen, TcpListener } from "../net/listen.ts";
import type { Network, NetworkWorld } from "../net/network.ts";
import { ping } from "../net/ping.ts";
import { addressesOf } from "../net/resolve.ts";
import { TcpStream } from "../net/tcp-stream.ts";
import type { Answers, Wait } from "./exchange.ts";
import type { SavedDoor } from "./saved-door.ts";

/** Codes of `net.Error`, less 1 and negative. */
const errors = {
  failed: -1,
  refused: -2,
  timedOut: -3,
  notFound: -4,
  unreachable: -5,
  closed: -6,
  denied: -7,
} as const;

/** Connections and listeners that a program may have at a time. */
const MOST = 64;

function errorOf({ code }: Failure): number {
  if (code === netFailures.CONNECTION_REFUSED || code === netFailures.RESET) return errors.refused;
  if (code === netFailures.TIMED_OUT) return errors.timedOut;
  if (code === failures.NOT_FOUND) return errors.notFound;
  if (code === netFailures.UNREACHABLE || code === netFailures.NO_ROUTE) return errors.unreachable;
  if (code === netFailures.CLOSED || code === netFailures.FINISHED) return errors.closed;
  return code === failures.REFUSED ? errors.denied : errors.failed;
}

/** Gives the network, opened at its first use. */
export type OpenNetwork = () => Promise<Network | Failure>;

/** What a call gave: its result, bytes for the program, and the text that `net.text` hands over. */
interface Given {
  readonly code: number;
  readonly bytes: Uint8Array | undefined;
  readonly text: string;
  readonly why: string;
}

/** Connections and listeners of a program, or of a conversation whose lines run again. */
export interface NetDoor {
  /** The host functions of one run; what `answers` has is given, not done again. */
  hosts(wait: Wait, answers: Answers): { readonly [name: string]: HostFn };
  /** All of it for new code of the server, while no program waits for anything here. */
  save(): SavedDoor;
  /** Lets go of everything. */
  close(): void;
}

function restored(world: NetworkWorld, { stream, listener }: SavedDoor["things"][number]) {
  if (listener !== undefined) return TcpListener.restore(world, listener);
  if (stream === undefined) return undefined;
  const made = TcpStream.restore(world, stream);
  for (const part of stream.unwritten) void made.write(part);
  return made;
}

/** A door to a network; `before`: what the code before has saved. */
export function netDoor(
  open: OpenNetwork,
  before?: { readonly world: NetworkWorld; readonly saved: SavedDoor },
): NetDoor {
  const things: (TcpStream | TcpListener | undefined)[] = [];
  /** The last one is asked; connections of those before it go on through theirs. */
  const networks: Network[] = [];
  let why = before?.saved.why ?? "";
  let text = before?.saved.text ?? "";

  const fail = (failure: Failure): number => {
    why = failure.sentence;
    return errorOf(failure);
  };
  const onNetwork = async (use: (network: Network) => Promise<number>): Promise<number> => {
    const network = networks[networks.length - 1];
    if (network !== undefined && !network.net.closed) return use(network);
    const opened = await open();
    if (opened instanceof Failure) return fail(opened);
    networks.push(opened);
    return use(opened);
  };
  const add = (thing: TcpStream | TcpListener): number => {
    let id = things.indexOf(undefined);
    if (id < 0) id = things.length;
    if (id >= MOST) {
      thing.close();
      return fail(refuse(failures.LIMIT, `a program has at most ${MOST} connections; close some`));
    }
    things[id] = thing;
    return id;
  };
  const stream = (id: number): TcpStream | undefined => {
    const thing = things[id];
    return thing instanceof TcpStream ? thing : undefined;
  };
  const gone = () => fail(refuse(netFailures.CLOSED, "this connection was closed before"));
  /** What a read had more than there was room for. */
  const rest: (Uint8Array | undefined)[] = [];
  for (const each of before?.saved.things ?? []) {
    things.push(restored(before!.world, each));
    rest.push(each.rest);
  }
  const read = async (id: number, room: number): Promise<number | Uint8Array> => {
    const from = stream(id);
    let bytes = rest[id];
    rest[id] = undefined;
    if (bytes === undefined) {
      if (from === undefined) return gone();
      const got = await from.read();
      if (got instanceof Failure) return fail(got);
      if (got.done) return 0;
      bytes = got.value;
    }
    if (bytes.length > room) rest[id] = bytes.subarray(room);
    return bytes.subarray(0, room);
  };
  const accept = async (id: number): Promise<number> => {
    const listener = things[id];
    if (!(listener instanceof TcpListener)) return gone();
    const got = await listener.accept();
    return got instanceof Failure ? fail(got) : add(got.stream);
  };
  const write = async (id: number, bytes: Uint8Array): Promise<number> => {
    const to = stream(id);
    if (to === undefined) return gone();
    const fault = await to.write(bytes);
    return fault === undefined ? 0 : fail(fault);
  };

  const hosts = (wait: Wait, answers: Answers): { readonly [name: string]: HostFn } => {
    let answer: Given | undefined;
    const give = (m: HostCall, given: Given, into: number): void => {
      text = given.text;
      why = given.why;
      if (given.bytes !== undefined) m.slice(m.int(into), given.bytes.length).set(given.bytes);
      m.give(0, BigInt(given.code));
    };
    const given = (value: number | Uint8Array): Given =>
      typeof value === "number"
        ? { code: value, bytes: undefined, text, why }
        : { code: value.length, bytes: value, text, why };
    /** Asks once, and gives the answer when the machine asks again. */
    const ask = (m: HostCall, make: () => Promise<number | Uint8Array>, into = -1): void => {
      const kept = answer === undefined ? answers.replay() : undefined;
      const now = answer ?? (kept?.value as Given | undefined);
      answer = undefined;
      if (now !== undefined) give(m, now, into);
      else
        wait(
          m,
          make().then((value) => {
            answer = given(value);
            answers.keep(answer);
          }),
        );
    };
    /** What is known at once. */
    const tell = (m: HostCall, make: () => number): void => {
      const kept = answers.replay();
      const now = kept === undefined ? given(make()) : (kept.value as Given);
      if (kept === undefined) answers.keep(now);
      give(m, now, -1);
    };
    return {
      "net.connect": (m) => {
        const host = m.bytes(m.int(0), m.int(1));
        const timeout = Math.min(Math.max(Number(m.long(3)), 1), 120_000) * 1e6;
        const port = Number(m.long(2));
        ask(m, () =>
          onNetwork(async (net) => {
            const made = await connect(net, host, port, { timeout });
            return made instanceof Failure ? fail(made) : add(made);
          }),
        );
      },
      "net.listen": (m) => {
        const port = Number(m.long(0));
        ask(m, () =>
          onNetwork(async (net) => {
            const made = await listen(net, port);
            return made instanceof Failure ? fail(made) : add(made);
          }),
        );
      },
      "net.port": (m) => {
        const thing = things[m.int(0)];
        tell(m, () => (thing instanceof TcpListener ? thing.port : (thing?.localPort ?? 0)));
      },
      "net.accept": (m) => {
        const id = m.int(0);
        ask(m, () => accept(id));
      },
      "net.read": (m) => {
        const id = m.int(0);
        const room = m.int(2);
        ask(m, () => read(id, room), 1);
      },
      "net.write": (m) => {
        const id = m.int(0);
        const bytes = m.slice(m.int(1), m.int(2)).slice();
        ask(m, () => write(id, bytes));
      },
      "net.finish": (m) => {
        const id = m.int(0);
        ask(m, async () => {
          const fault = await stream(id)?.finish();
          return fault === undefined ? 0 : fail(fault);
        });
      },
      "net.close": (m) => {
        const id = m.int(0);
        tell(m, () => {
          things[id]?.close();
          things[id] = undefined;
          rest[id] = undefined;
          return 0;
        });
      },
      "net.resolve": (m) => {
        const name = m.bytes(m.int(0), m.int(1));
        ask(m, () =>
          onNetwork(async (net) => {
            const found = await addressesOf(net, name);
            if (found instanceof Failure) return fail(found);
            text = found.join(" ");
            return text.length;
          }),
        );
      },
      "net.ping": (m) => {
        const host = m.bytes(m.int(0), m.int(1));
        const timeout = Math.min(Math.max(Number(m.long(2)), 1), 60_000) * 1e6;
        ask(m, () =>
          onNetwork(async (net) => {
            const echo = await ping(net, host, { timeout });
            if (echo instanceof Failure) return fail(echo);
            if (echo.outcome === "reply") return echo.roundTrip;
            why = `${host}: ${echo.outcome}`;
            return echo.outcome === "timeout" ? errors.timedOut : errors.unreachable;
          }),
        );
      },
      "net.why": (m) => {
        tell(m, () => {
          text = toByteString(why);
          return text.length;
        });
      },
      "net.text": (m) => m.writeText(m.int(0), text),
    };
  };
  return {
    hosts,
    save: () => ({
      things: things.map((thing, id) => ({
        stream: thing instanceof TcpStream ? thing.save() : undefined,
        listener: thing instanceof TcpListener ? thing.save() : undefined,
        rest: rest[id],
      })),
      why,
      text,
    }),
    close() {
      for (let id = 0; id < things.length; id += 1) things[id]?.close();
      for (const network of networks) network.close();
    },
  };
}
