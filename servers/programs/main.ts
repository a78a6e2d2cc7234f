// The programs server: loads native programs, of the image or from an address, into processes of their own, and ends with its last client.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { array, type HandleNumber, struct, u16 } from "../../sdk/contract/field.ts";
import { type Handlers, type Peer, service } from "../../sdk/contract/server.ts";
import { dispose } from "../../sdk/hot/accept.ts";
import { answer, PARKED, park } from "../../sdk/hot/park.ts";
import { loadPeers, peersOf, savePeers } from "../../sdk/hot/peers.ts";
import { state } from "../../sdk/hot/state.ts";
import { closeHandle } from "../../sdk/runtime/handle.ts";
import { open } from "../../sdk/runtime/open.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { exit, ready } from "../../sdk/runtime/supervisor.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { Session } from "../init/contract.ts";
import { toByteString } from "../../tape/source/utf8.ts";
import { ARGUMENT_BYTES, MOST_ARGUMENTS, Programs } from "./contract.ts";
import { fetchedProgram, isAddress, nameOf } from "./fetched-program.ts";
import { imageProgram, type Program, programNames, systemPart, usesOf } from "./image-program.ts";
import { NativeProcess } from "./process.contract.ts";
import { Run, type SavedRun, savedRun } from "./run.ts";

/** Time for the first client to come; init opens for it as soon as this process is ready. */
const LONELY = 5e9;
const PAGE = 16;

/** One client's place. */
interface Place {
  run: Run | undefined;
}

/** What new code goes on with: runs, and the processes' channels, each with the place of its run. */
const kept = state({
  version: 1,
  schema: { runs: array(struct(savedRun)), processes: peersOf({ run: u16 }) },
  initial: { runs: [], processes: [] },
});
/** Programs that are being started: that can't move. */
let starting = 0;

/** Channels for the names that a program uses, through the session of whoever runs it. */
async function openServices(
  session: Client<typeof Session>,
  name: string,
  uses: readonly string[],
): Promise<number[] | Failure> {
  const channels: number[] = [];
  for (const each of uses) {
    const opened = await session.open({ name: each });
    if (opened instanceof Failure) {
      for (const channel of channels) closeHandle(channel);
      return refuse(opened.code, `${name} uses ${each}: ${opened.sentence}`);
    }
    channels.push(opened.channel);
  }
  return channels;
}

type Started = Exclude<ReturnType<typeof Run.start>, Failure>;

async function start(
  name: string,
  words: readonly string[],
  session: Client<typeof Session>,
): Promise<Started | Failure> {
  let bytes = 0;
  for (const word of words) bytes += toByteString(word).length;
  if (words.length > MOST_ARGUMENTS || bytes > ARGUMENT_BYTES)
    return refuse(
      failures.LIMIT,
      `a program takes at most ${MOST_ARGUMENTS} arguments of ${ARGUMENT_BYTES} bytes together`,
    );
  const system = systemPart();
  if (system instanceof Failure) return system;
  const fetched = isAddress(name);
  const program = fetched ? await fetchedProgram(name, session) : imageProgram(name);
  if (program instanceof Failure) return program;
  const called = fetched ? nameOf(name) : name;
  const run = await begin(called, program, system, words, session, fetched ? "" : name);
  // the process has its pages; those of the image are only borrowed
  if (fetched) program.memory.close();
  return run;
}

async function begin(
  name: string,
  program: Program,
  system: Program,
  words: readonly string[],
  session: Client<typeof Session>,
  image: string,
): Promise<Started | Failure> {
  const uses = usesOf(program, name);
  if (uses instanceof Failure) return uses;
  const services = await openServices(session, name, uses);
  if (services instanceof Failure) return services;
  return Run.start({ name, program, system, words, services }, image);
}

/** A run that moved here, with the tables of its program. */
function resumed(saved: SavedRun): Run {
  const program = imageProgram(saved.program);
  if (program instanceof Failure) throw new Error(program.sentence);
  return Run.load(saved, program.exe);
}

run(() => {
  let leaving = false;
  const leave = () => {
    if (places.peers.length > 0) return;
    leaving = true;
    exit(0);
  };
  const processes = service<typeof NativeProcess.methods, Run>(NativeProcess, {
    write: ({ text }, { session }) => session?.write(text) ?? absent,
    read: ({ most }, { session }) => session?.read(most) ?? absent,
    ended: ({ trapped, code, text }, { session }) => session?.end(trapped, code, text) ?? absent,
  });
  const moved = kept.data.runs.map(resumed);
  loadPeers(processes, kept.data.processes, ({ run }, peer) => {
    const own = moved[run] as Run;
    own.channel = peer;
    return own;
  });
  const runs = () => {
    const all: Run[] = [];
    for (const { session } of places.peers) if (session?.run !== undefined) all.push(session.run);
    return all;
  };
  dispose(() => {
    if (starting > 0) throw new Error("a program is being started");
    const all = runs();
    if (all.some(({ program }) => program === ""))
      throw new Error("a program from elsewhere runs, whose pages are not kept");
    const place = (run: Run) => ({ run: all.indexOf(run) });
    kept.data = { runs: all.map((each) => each.save()), processes: savePeers(processes, place) };
  });
  const handlers: Handlers<typeof Programs.methods, Place> = {
    opened: (peer) => {
      if (leaving) peer.close();
      else peer.session = { run: undefined };
    },
    closed: (peer) => {
      peer.session?.run?.close();
      leave();
    },
    list: ({ from }) => {
      const names = programNames();
      const programs = names.slice(from, from + PAGE).map((name) => {
        const program = imageProgram(name);
        const uses = program instanceof Failure ? program : usesOf(program, name);
        return {
          name,
          bytes: program instanceof Failure ? 0 : program.bytes,
          uses: uses instanceof Failure ? [] : [...uses],
        };
      });
      return { programs, more: from + PAGE < names.length };
    },
    run: ({ name, arguments: words, session }, peer) => {
      const reply = park();
      void startFor(peer, reply, name, words, session);
      return PARKED;
    },
    more: (_request, { session: place }) => {
      if (place?.run === undefined) return absent;
      place.run.step(park(), false);
      return PARKED;
    },
    input: ({ text }, { session: place }) => {
      place?.run?.input(text);
      return {};
    },
    stop: (_fields, { session: place }) => place?.run?.stop(),
  };
  /** The first step answers the call, or why there is none. */
  const startFor = async (
    peer: Peer<typeof Programs.methods, Place>,
    reply: HandleNumber,
    name: string,
    words: readonly string[],
    session: HandleNumber,
  ): Promise<void> => {
    const refused = (why: Failure) => answer(Programs, "run", reply, why);
    const lent = open(Session, session);
    if (peer.session?.run?.ended === false) {
      lent.close();
      return refused(refuse(failures.BUSY, "a program runs here already; open another channel"));
    }
    starting += 1;
    const started = await start(name, words, lent).catch((error: Error) =>
      refuse(failures.SERVER_FAULT, `programs: ${error.message}`),
    );
    starting -= 1;
    lent.close();
    if (started instanceof Failure) return refused(started);
    const { run, channel } = started;
    const own = processes.accept(channel, name);
    own.session = run;
    run.channel = own;
    const { session: place } = peer;
    if (place === undefined || peer.closed) {
      run.close();
      return refused(absent);
    }
    place.run?.close();
    place.run = run;
    run.step(reply, true);
  };
  const places = serve("/svc/programs", Programs, handlers, {
    session: {
      schema: { run: u16 },
      // 0 for none, else its number from 1 on
      save: ({ run }: Place) => ({ run: run === undefined ? 0 : runs().indexOf(run) + 1 }),
      load: ({ run }: { run: number }): Place => ({ run: moved[run - 1] }),
    },
  });
  after(LONELY, leave);
  ready();
});

const absent = refuse(failures.UNAVAILABLE, "no program runs here; start one with `run`");
