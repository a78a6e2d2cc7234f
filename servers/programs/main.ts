// The programs server: loads native programs, of the image or from an address, into processes of their own, and ends with its last client.
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { service } from "../../sdk/contract/server.ts";
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
import { Run } from "./run.ts";

/** Time for the first client to come; init opens for it as soon as this process is ready. */
const LONELY = 5e9;
const PAGE = 16;

/** One client's place. */
interface Place {
  run: Run | undefined;
}

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

async function start(
  name: string,
  words: readonly string[],
  session: Client<typeof Session>,
): Promise<Run | Failure> {
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
  const run = await begin(called, program, system, words, session);
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
): Promise<Run | Failure> {
  const uses = usesOf(program, name);
  if (uses instanceof Failure) return uses;
  const services = await openServices(session, name, uses);
  if (services instanceof Failure) return services;
  return Run.start({ name, program, system, words, services });
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
  const places = serve<typeof Programs.methods, Place>("/svc/programs", Programs, {
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
    run: async ({ name, arguments: words, session }, { session: place }) => {
      const lent = open(Session, session);
      const busy = place?.run?.ended === false;
      const run = busy
        ? refuse(failures.BUSY, "a program runs here already; open another channel")
        : await start(name, words, lent);
      lent.close();
      if (run instanceof Failure) return run;
      if (place === undefined) {
        run.close();
        return absent;
      }
      place.run?.close();
      place.run = run;
      processes.accept(run.channel, name).session = run;
      return run.step();
    },
    more: (_request, { session: place }) => place?.run?.step() ?? absent,
    input: ({ text }, { session: place }) => {
      place?.run?.input(text);
      return {};
    },
    stop: (_fields, { session: place }) => place?.run?.stop(),
  });
  after(LONELY, leave);
  ready();
});

const absent = refuse(failures.UNAVAILABLE, "no program runs here; start one with `run`");
