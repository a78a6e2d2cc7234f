// What a client may do in the network: the terms that init gave with its channel, and those of whoever narrowed it since.
// Invariant: a client can only lose rules; a refusal says which line of which manifest is missing, where a line would help.
import { type Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import {
  mayKnow,
  mayOpen,
  mayReach,
  type NetRules,
  type Protocol,
  type ReadRules,
  readRules,
  ruleName,
} from "../../sdk/contract/net-rules.ts";
import { rulesOfTerms } from "../../sdk/contract/terms.ts";
import { formatIpAddress, parseIpAddress } from "./ip-address.ts";

const ACCOUNT = "account:";

/** Where a reader of the refusal adds the line. */
function placeOf(client: string): string {
  if (client.startsWith(ACCOUNT)) return "the image's accounts";
  return `servers/${client}/manifest.ts`;
}

/** What a policy is made of. */
export interface PolicyOrigin {
  readonly client: string;
  /** what init said */
  readonly terms: string[];
  readonly narrowings: { connect: string[]; listen: string[] }[];
}

export class Policy {
  readonly #client: string;
  readonly #sets: readonly ReadRules[];
  /** What it was made of, as plain data. */
  readonly origin: PolicyOrigin;

  private constructor(origin: PolicyOrigin) {
    const { client, terms, narrowings } = origin;
    this.origin = origin;
    this.#client = client;
    this.#sets = [readRules(rulesOfTerms(terms)), ...narrowings.map(readRules)];
  }

  /** Of a client that init has named. */
  static of(client: string, terms: readonly string[]): Policy {
    return new Policy({ client, terms: [...terms], narrowings: [] });
  }

  /** The same policy again. */
  static from(origin: PolicyOrigin): Policy {
    return new Policy(origin);
  }

  /** How many sets of rules must agree. */
  get depth(): number {
    return this.#sets.length;
  }

  /** With further rules, all of which must agree. */
  narrowed({ connect = [], listen = [] }: NetRules): Policy {
    const narrowing = { connect: [...connect], listen: [...listen] };
    const { narrowings } = this.origin;
    return new Policy({ ...this.origin, narrowings: [...narrowings, narrowing] });
  }

  /** May it send to, or connect to, `host` as the client gave it? Undefined: yes. */
  reach(protocol: Protocol, host: string | number, port: number): Failure | undefined {
    const address = typeof host === "number" ? host : parseIpAddress(host);
    const asked = address ?? ruleName(host as string);
    if (this.#sets.every((rules) => mayReach(rules, protocol, asked, port))) return undefined;
    const shown = typeof asked === "number" ? formatIpAddress(asked) : asked.slice(0, 64);
    const rule = protocol === "icmp" ? `icmp:${shown}` : `${protocol}:${shown}:${port}`;
    const first = this.#sets[0] as ReadRules;
    const narrow = mayReach(first, protocol, asked, port);
    return this.#refuse("connect to", rule, narrow ? undefined : "net.connect");
  }

  /** May it take `port`, 0 for any free one? Undefined: yes. */
  open(protocol: "tcp" | "udp", port: number): Failure | undefined {
    if (this.#sets.every((rules) => mayOpen(rules, protocol, port))) return undefined;
    const rule = `${protocol}:${port === 0 ? "*" : port}`;
    const narrow = mayOpen(this.#sets[0] as ReadRules, protocol, port);
    return this.#refuse("listen at", rule, narrow ? undefined : "net.listen");
  }

  /** May it send datagrams from a port of its own choice at all? */
  datagrams(): Failure | undefined {
    const some = (rules: ReadRules) =>
      rules.connect.some((each) => each.protocol === "udp") || mayOpen(rules, "udp", 0);
    if (this.#sets.every(some)) return undefined;
    return this.#refuse("connect to", "udp:ADDRESS:PORT", undefined);
  }

  /** May it look a name up, or the names of an address? Only what a rule of `connect` covers. */
  know(name: string): Failure | undefined {
    const host = parseIpAddress(name) ?? ruleName(name);
    if (this.#sets.every((rules) => mayKnow(rules, host))) return undefined;
    return this.#refuse("look up", typeof host === "number" ? name : `tcp:${host}:443`, undefined);
  }

  #refuse(what: string, rule: string, field: "net.connect" | "net.listen" | undefined): Failure {
    const who = this.#client === "" ? "this client" : this.#client;
    if (field === undefined && this.#sets.length > 1)
      return refuse(failures.REFUSED, `${who} may not ${what} ${rule}: its network was narrowed`);
    const list = field ?? "net.connect";
    const place = placeOf(this.#client);
    return refuse(
      failures.REFUSED,
      `${who} may not ${what} ${rule}: add a rule such as "${rule}" to \`${list}\` in ${place}`,
      field === undefined ? undefined : { field, value: rule },
    );
  }
}
