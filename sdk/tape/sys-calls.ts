// The module `sys`: what a session shows and does, as values for scripts. Times are milliseconds, sizes bytes.
import type { Client } from "../contract/client.ts";
import { Failure } from "../contract/failure.ts";
import type { Session } from "../../servers/init/contract.ts";
import type { Value } from "./exchange.ts";

type Sys = (session: Client<typeof Session>, args: readonly Value[]) => Promise<Value | Failure>;

/** Pieces of the log that are read at most, as in the shell. */
const PIECES = 64;

const milliseconds = (time: number) => Math.floor(time / 1e6);

const ps: Sys = async (session) => {
  const rows: Value[] = [];
  for (;;) {
    const page = await session.processes({ from: rows.length });
    if (page instanceof Failure) return page;
    for (const { cpuTime, ...rest } of page.processes) {
      const { id, name, state, threads, handles, queued, used, limit, starts } = rest;
      const cpu = milliseconds(cpuTime);
      rows.push({ id, name, state, threads, handles, queued, cpu, used, limit, starts });
    }
    if (!page.more || page.processes.length === 0) return rows;
  }
};

const log: Sys = async (session, [name]) => {
  let position = 0;
  let text = "";
  for (let piece = 0; piece < PIECES; piece += 1) {
    const part = await session.log({ position });
    if (part instanceof Failure) return part;
    if (part.next === position) break;
    position = part.next;
    text += part.text;
  }
  const lines = text.split("\n").filter((line) => line !== "");
  return name === "" ? lines : lines.filter((line) => line.includes(`${name}:`));
};

/** A failure as it is, success as nothing. */
const done = async (answer: Promise<object | Failure>): Promise<Value | Failure> => {
  const value = await answer;
  return value instanceof Failure ? value : undefined;
};

export const sysCalls: { readonly [name: string]: Sys | undefined } = {
  ps,
  log,
  services: async (session) => {
    const list = await session.services({});
    return list instanceof Failure ? list : list.services;
  },
  memory: async (session) => {
    const memory = await session.memory({});
    if (memory instanceof Failure) return memory;
    const { total, free, slab, quarantined } = memory;
    return { total, free, slab, quarantined };
  },
  uptime: async (session) => {
    const state = await session.uptime({});
    if (state instanceof Failure) return state;
    const { clock, busy } = state;
    return { up: milliseconds(state.up), clock, busy: busy.map(milliseconds) };
  },
  caps: async (session, [name]) => {
    if (name === "") {
      const account = await session.account({});
      if (account instanceof Failure) return account;
      const uses = account.uses.map((each) => `uses ${each}`);
      return [`account ${account.name}`, ...account.may.map((each) => `may ${each}`), ...uses];
    }
    const granted = await session.capabilities({ server: String(name) });
    return granted instanceof Failure ? granted : granted.lines;
  },
  // beyond all numbers for a script that begins to listen
  events: async (session, [after]) => {
    const news = await session.events({ after: Number(after) < 0 ? 2 ** 53 - 1 : Number(after) });
    return news instanceof Failure ? news : { events: news.events, last: news.last };
  },
  kill: (session, [name]) => done(session.kill({ server: String(name) })),
  restart: (session, [name]) => done(session.restart({ server: String(name) })),
  clear: (session, [name]) => done(session.clear({ server: String(name) })),
  poweroff: (session) => done(session.power({ action: "off" })),
  reboot: (session) => done(session.power({ action: "reboot" })),
};
