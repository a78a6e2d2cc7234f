// What the commands that look into a system have in common: which system, and as text or JSON.
import { Failure } from "../failure.ts";
import { type FlagTable, firstOf, flagHelp, type Given, parseFlags } from "../flags.ts";
import type { Command } from "../main.ts";
import { Connection } from "./connection.ts";
import { dumpSource, readDump } from "./dump.ts";
import type { Source } from "./facts.ts";
import { nearest } from "../nearest.ts";
import { serverNames } from "../steps/servers.ts";
import { liveSource } from "./live.ts";
import { chosenMachine, type RunningMachine } from "./machines.ts";

/** Flags of commands that need the running system. */
export const machineFlags: FlagTable = {
  machine: { value: "N", help: "which one, when `uusi boot` runs several" },
  target: {
    value: "SERIAL",
    help: "a machine at a serial port of this host, such as /dev/ttyUSB0",
  },
  json: { help: "the result as JSON" },
};

/** Flags of commands that also read a dump. */
export const readingFlags: FlagTable = {
  ...machineFlags,
  from: { value: "FILE", help: "reads a file of `uusi dump` instead of a running system" },
};

/** The machine that is meant. @throws Failure with the cure */
export const machineOf = (given: Given): RunningMachine =>
  chosenMachine(firstOf(given, "target"), firstOf(given, "machine"));

/** Opens the machine that is meant for the length of `use`. @throws Failure */
export async function withMachine<T>(
  given: Given,
  use: (connection: Connection, machine: RunningMachine) => Promise<T>,
): Promise<T> {
  const machine = machineOf(given);
  const connection = await Connection.open(machine.channel);
  try {
    return await use(connection, machine);
  } catch (error) {
    throw withNearest(error);
  } finally {
    connection.close();
  }
}

/** Of a server that the system does not have, the one that may have been meant. */
function withNearest(error: unknown): unknown {
  const name = /^there is no server ([a-z0-9-]+);/.exec((error as Error)?.message ?? "")?.[1];
  const near = name === undefined ? undefined : nearest(name, [...serverNames(), "init"]);
  if (near === undefined) return error;
  return new Failure(`there is no server ${name}; did you mean ${near}? npx uusi ps lists them`);
}

/** Opens what is to be read, a machine or a dump. @throws Failure */
export function withSource<T>(given: Given, use: (source: Source) => Promise<T>): Promise<T> {
  const from = firstOf(given, "from");
  if (from === undefined)
    return withMachine(given, (line, { world }) => use(liveSource(line, world)));
  if (given.values.has("machine") || given.values.has("target")) {
    throw new Failure("--from reads a file: leave --machine and --target away", 2);
  }
  return use(dumpSource(readDump(from)));
}

/** What a reading command has found: a value for `--json`, and its text. */
export interface Finding {
  readonly value: unknown;
  readonly text: string;
}

/** Writes a finding as asked. */
export function show(given: Given, { value, text }: Finding): void {
  process.stdout.write(given.switches.has("json") ? `${JSON.stringify(value)}\n` : text);
}

/** At most one argument, such as a server's name. @throws Failure exit code 2 */
export function argumentOf(command: string, given: Given): string | undefined {
  if (given.rest.length <= 1) return given.rest[0];
  throw new Failure(`uusi ${command}: one name at a time, not: ${given.rest.join(" ")}`, 2);
}

/**
 * A command that reads once.
 * @param usage its argument in the help, "" for none
 * @param read gets the argument when there is one
 */
export function readingCommand(
  name: string,
  usage: string,
  summary: string,
  read: (source: Source, argument: string | undefined) => Promise<Finding>,
): Command {
  return {
    summary,
    help: () => `npx uusi ${name}${usage && ` ${usage}`} [flags]\n\n${flagHelp(readingFlags)}`,
    async run(args) {
      const given = parseFlags(name, readingFlags, args);
      const argument = argumentOf(name, given);
      if (usage === "" && argument !== undefined) {
        throw new Failure(`uusi ${name}: what is "${argument}"? it takes no name`, 2);
      }
      if (/^[A-Z]/.test(usage) && argument === undefined) {
        throw new Failure(`uusi ${name}: which server? npx uusi ps lists them`, 2);
      }
      show(given, await withSource(given, (source) => read(source, argument)));
      return 0;
    },
  };
}

/**
 * A command that does something to one server.
 * @param call of the session contract
 * @param done the sentence about it, behind the server's name
 */
export function managingCommand(
  name: string,
  summary: string,
  call: string,
  done: string,
  /** switches that are fields of the call, too */
  more: FlagTable = {},
): Command {
  return {
    summary,
    help: () => `npx uusi ${name} NAME [flags]\n\n${flagHelp({ ...more, ...machineFlags })}`,
    async run(args) {
      const given = parseFlags(name, { ...more, ...machineFlags }, args);
      const fields = Object.keys(more).filter((each) => given.switches.has(each));
      const server = argumentOf(name, given);
      if (server === undefined) {
        throw new Failure(`uusi ${name}: which server? npx uusi ps lists them`, 2);
      }
      await withMachine(given, (connection) =>
        connection.ask(call, { server, ...Object.fromEntries(fields.map((each) => [each, true])) }),
      );
      show(given, { value: { server, done }, text: `${server} ${done}\n` });
      return 0;
    },
  };
}
