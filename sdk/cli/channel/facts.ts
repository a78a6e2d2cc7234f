// What can be read of a system, whether it runs or was written to a dump. Times in ns, sizes in bytes.

export interface ProcessFacts {
  readonly id: number;
  readonly name: string;
  readonly state: string;
  readonly threads: number;
  readonly handles: number;
  readonly queued: number;
  readonly cpuTime: number;
  readonly used: number;
  readonly limit: number;
  readonly starts: number;
}

/** A server, and the last end of a process of it. */
export interface ServerFacts {
  readonly name: string;
  readonly state: string;
  readonly starts: number;
  /** the first 12 hexadecimal digits of its code's SHA-256; older dumps have none */
  readonly code?: string;
  /** since boot, 0 when none has ended yet */
  readonly ended: number;
  readonly why: string;
  /** message and TypeScript places of an uncaught exception, "" when there was none */
  readonly place: string;
}

export interface ServiceFacts {
  readonly name: string;
  readonly server: string;
  readonly state: string;
  readonly contract: string;
  readonly clients: number;
}

export interface MemoryFacts {
  readonly total: number;
  readonly free: number;
  readonly slab: number;
  readonly quarantined: number;
  readonly processes: number;
}

export interface UptimeFacts {
  readonly up: number;
  /** seconds since 1970, 0 unknown */
  readonly clock: number;
  /** of each processor */
  readonly busy: readonly number[];
}

export interface AccountFacts {
  readonly name: string;
  readonly may: readonly string[];
  readonly uses: readonly string[];
}

/** A refusal, or a grant that its server has not taken up. */
export interface AuditFacts {
  readonly kind: "denied" | "unused";
  /** who: a server, or `account:NAME` */
  readonly server: string;
  /** the manifest line, "" where none would allow it */
  readonly field: string;
  readonly value: string;
  /** of a refusal, how often */
  readonly count: number;
  /** who refused */
  readonly by: string;
  readonly sentence: string;
}

/** What a server waits for. */
export interface WaitsFacts {
  readonly state: string;
  /** false: it did not say in time; then `calls` is empty */
  readonly answers: boolean;
  /** messages that wait for it */
  readonly queued: number;
  /** calls on their way, the oldest first; `service` is "" on a private channel, `since` ns since boot */
  readonly calls: readonly {
    readonly contract: string;
    readonly method: string;
    readonly service: string;
    readonly since: number;
  }[];
}

/** A step of a request that was followed. */
export interface TraceFacts {
  readonly trace: number;
  /** ns since boot */
  readonly time: number;
  readonly server: string;
  readonly step: "calls" | "sends" | "got call" | "got event" | "replies" | "got reply";
  /** server, account or service at the other end, "" on a private channel */
  readonly peer: string;
  readonly contract: string;
  readonly method: string;
  readonly text: string;
}

/** What a server declares as its state. */
export interface StateFacts {
  readonly states: readonly { name: string; version: number; data: { [name: string]: unknown } }[];
  readonly services: readonly { readonly name: string; readonly clients: readonly string[] }[];
  /** all that it serves, under names or not: the schemas of methods as text */
  readonly contracts?: readonly SchemaFacts[];
  /** ns since boot */
  readonly timers: { readonly [name: string]: number };
  /** `rows`: the first of them */
  readonly tables?: readonly {
    readonly name: string;
    readonly length: number;
    readonly columns: string;
    readonly rows: readonly object[];
  }[];
}

/** A contract, with the schema of each method as text (sdk/contract/schema-text.ts). */
export interface SchemaFacts {
  readonly name: string;
  readonly methods: { readonly [name: string]: string };
}

/** The head of a message (servers/init/contract.ts, `messages`). */
export interface MessageFacts {
  readonly time: number;
  readonly kind: number;
  readonly handles: number;
  readonly bytes: number;
  readonly channel: number;
  readonly word: number;
  readonly status: number;
  readonly cookie: number;
  readonly trace: number;
  /** of the loop of whose channel it is; 0 where that is not known, none in older dumps */
  readonly slot?: number;
}

/** A channel with heads of messages (servers/init/contract.ts, `channels`). */
export interface ChannelFacts {
  readonly slot: number;
  readonly handle: number;
  readonly count: number;
  readonly before: number;
}

/** A system to read from. */
export interface Source {
  /** what runs it; undefined for a dump */
  readonly world: "uusi" | "sim" | undefined;
  account(): Promise<AccountFacts>;
  processes(): Promise<ProcessFacts[]>;
  servers(): Promise<ServerFacts[]>;
  services(): Promise<ServiceFacts[]>;
  memory(): Promise<MemoryFacts>;
  uptime(): Promise<UptimeFacts>;
  audit(): Promise<readonly AuditFacts[]>;
  /** @throws Failure when there is no such server */
  waits(server: string): Promise<WaitsFacts>;
  /** @throws Failure when there is no such server, and when it declares no state */
  state(server: string): Promise<StateFacts>;
  /** Heads of the last messages of a server's run that ended last, channel by channel, the oldest first. @throws Failure when there is no such server */
  lastMessages(server: string): Promise<readonly MessageFacts[]>;
  /** The channels of which they are. @throws Failure when there is no such server */
  lastChannels(server: string): Promise<readonly ChannelFacts[]>;
  log(): Promise<string>;
  /** @throws Failure when there is no such server */
  capabilities(server: string): Promise<readonly string[]>;
}
