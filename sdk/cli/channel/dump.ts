// A dump: what can be read of a system, as one JSON file that the reading commands take in its place.
import { readFileSync } from "node:fs";
import { fromCaller } from "../commands/image.ts";
import { Failure } from "../failure.ts";
import type {
  AccountFacts,
  AuditFacts,
  MemoryFacts,
  ChannelFacts,
  MessageFacts,
  ProcessFacts,
  ServerFacts,
  ServiceFacts,
  StateFacts,
  Source,
  UptimeFacts,
  WaitsFacts,
} from "./facts.ts";

const FORMAT = "leivos-dump";
const VERSION = 1;

/** The file's content. */
export interface Dump {
  readonly format: typeof FORMAT;
  readonly version: typeof VERSION;
  /** host time, ISO 8601 */
  readonly taken: string;
  readonly account: AccountFacts;
  readonly processes: ProcessFacts[];
  readonly servers: ServerFacts[];
  readonly services: ServiceFacts[];
  readonly memory: MemoryFacts;
  readonly uptime: UptimeFacts;
  readonly capabilities: { readonly [server: string]: readonly string[] };
  /** older dumps have none of the next five; of servers of which a process ended */
  readonly messages?: { readonly [server: string]: readonly MessageFacts[] };
  readonly channels?: { readonly [server: string]: readonly ChannelFacts[] };
  /** of servers that declare state */
  readonly states?: { readonly [server: string]: StateFacts };
  readonly waits?: { readonly [server: string]: WaitsFacts };
  readonly audit?: readonly AuditFacts[];
  readonly log: string;
}

/** Reads everything. */
export async function takeDump(source: Source, taken: Date): Promise<Dump> {
  const servers = await source.servers();
  const capabilities: { [server: string]: readonly string[] } = {};
  const messages: { [server: string]: readonly MessageFacts[] } = {};
  const channels: { [server: string]: readonly ChannelFacts[] } = {};
  for (const { name, ended } of servers) {
    if (ended === 0) continue;
    messages[name] = await source.lastMessages(name);
    channels[name] = await source.lastChannels(name);
  }
  const states: { [server: string]: StateFacts } = {};
  const waits: { [server: string]: WaitsFacts } = {};
  for (const { name } of servers) {
    capabilities[name] = await source.capabilities(name);
    waits[name] = await source.waits(name);
    try {
      states[name] = await source.state(name);
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
    }
  }
  return {
    format: FORMAT,
    version: VERSION,
    taken: taken.toISOString(),
    account: await source.account(),
    processes: await source.processes(),
    servers,
    services: await source.services(),
    memory: await source.memory(),
    uptime: await source.uptime(),
    capabilities,
    messages,
    channels,
    states,
    waits,
    audit: await source.audit(),
    log: await source.log(),
  };
}

/** What each field must be, so that commands can rely on it. */
const shape = {
  account: isObject,
  processes: Array.isArray,
  servers: Array.isArray,
  services: Array.isArray,
  memory: isObject,
  uptime: isObject,
  capabilities: isObject,
  messages: (value: unknown) => value === undefined || isObject(value),
  channels: (value: unknown) => value === undefined || isObject(value),
  states: (value: unknown) => value === undefined || isObject(value),
  waits: (value: unknown) => value === undefined || isObject(value),
  audit: (value: unknown) => value === undefined || Array.isArray(value),
  log: (value: unknown) => typeof value === "string",
} as const;

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @throws Failure exit code 2 when the file is none */
export function readDump(path: string): Dump {
  let value: Record<string, unknown>;
  try {
    value = JSON.parse(readFileSync(fromCaller(path), "utf8"));
  } catch (error) {
    const why = (error as Error).message.replace(/\s+/g, " ");
    throw new Failure(`--from ${path} can't be read: ${why}`, 2);
  }
  if (!isObject(value) || value["format"] !== FORMAT) {
    throw new Failure(`--from ${path} is no dump; make one with: npx uusi dump --out ${path}`, 2);
  }
  if (value["version"] !== VERSION) {
    throw new Failure(`--from ${path} has version ${value["version"]}, not ${VERSION}`, 2);
  }
  for (const [field, sound] of Object.entries(shape)) {
    if (!sound(value[field])) throw new Failure(`--from ${path}: its ${field} is damaged`, 2);
  }
  return value as unknown as Dump;
}

/** A dump as a source. */
export function dumpSource(dump: Dump): Source {
  return {
    world: undefined,
    account: async () => dump.account,
    processes: async () => dump.processes,
    servers: async () => dump.servers,
    services: async () => dump.services,
    memory: async () => dump.memory,
    uptime: async () => dump.uptime,
    audit: async () => dump.audit ?? [],
    lastMessages: async (server) =>
      Object.hasOwn(dump.messages ?? {}, server) ? dump.messages![server]! : [],
    lastChannels: async (server) =>
      Object.hasOwn(dump.channels ?? {}, server) ? dump.channels![server]! : [],
    async state(server) {
      if (Object.hasOwn(dump.states ?? {}, server)) return dump.states![server]!;
      throw dump.servers.some(({ name }) => name === server)
        ? new Failure(`the dump holds no state of ${server}: it declares none, or did not answer`)
        : new Failure(`there is no server ${server}; npx uusi ps lists them`);
    },
    async waits(server) {
      if (Object.hasOwn(dump.waits ?? {}, server)) return dump.waits![server]!;
      throw new Failure(`the dump does not say what ${server} waits for`);
    },
    log: async () => dump.log,
    async capabilities(server) {
      if (Object.hasOwn(dump.capabilities, server)) return dump.capabilities[server]!;
      throw new Failure(`there is no server ${server}; npx uusi ps lists them`);
    },
  };
}
