// A running system as a source: its lists come page by page.
import type { Connection } from "./connection.ts";
import type {
  AccountFacts,
  AuditFacts,
  ChannelFacts,
  MemoryFacts,
  MessageFacts,
  ProcessFacts,
  ServerFacts,
  ServiceFacts,
  StateFacts,
  Source,
  UptimeFacts,
  WaitsFacts,
} from "./facts.ts";

/** Pieces of the log that are read at most: the ring holds 32 KiB, and a writer may be as fast as this reader. */
const PIECES = 64;

/** Reads over an open session. */
export function liveSource(connection: Connection, world: "uusi" | "sim" = "uusi"): Source {
  const pages = async <T>(call: string, field: string, of = {}): Promise<T[]> => {
    const all: T[] = [];
    for (;;) {
      const page = await connection.ask(call, { ...of, from: all.length });
      const items = page[field] as T[];
      all.push(...items);
      if (page["more"] !== true || items.length === 0) return all;
    }
  };
  const one = async <T>(call: string) => (await connection.ask(call)) as unknown as T;
  return {
    world,
    account: () => one<AccountFacts>("account"),
    processes: () => pages<ProcessFacts>("processes", "processes"),
    servers: () => pages<ServerFacts>("servers", "servers"),
    services: async () => (await connection.ask("services"))["services"] as ServiceFacts[],
    memory: () => one<MemoryFacts>("memory"),
    uptime: () => one<UptimeFacts>("uptime"),
    audit: () => pages<AuditFacts>("audit", "entries"),
    lastMessages: (server) => pages<MessageFacts>("messages", "messages", { server, ended: true }),
    lastChannels: (server) => pages<ChannelFacts>("channels", "channels", { server, ended: true }),
    state: async (server) =>
      JSON.parse((await connection.ask("state", { server }))["text"] as string) as StateFacts,
    waits: async (server) => (await connection.ask("waits", { server })) as unknown as WaitsFacts,
    async log() {
      let text = "";
      let position = 0;
      for (let piece = 0; piece < PIECES; piece++) {
        const part = await connection.ask("log", { position });
        if (part["next"] === position) break;
        position = part["next"] as number;
        text += part["text"] as string;
      }
      return text;
    },
    capabilities: async (server) =>
      (await connection.ask("capabilities", { server }))["lines"] as string[],
  };
}
