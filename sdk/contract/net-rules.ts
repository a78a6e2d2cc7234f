// Where a program may connect and listen: the rules of a manifest's `net`, read once, asked often.
// Invariant: what no rule names is not allowed; a rule for names never covers an address that was given as numbers, nor the other way.

/** A manifest's `net`: `connect` as `tcp:HOST:PORT`, `udp:ADDRESS:PORT`, `icmp:ADDRESS`; `listen` as `tcp:PORT`, `udp:PORT`. */
export interface NetRules {
  readonly connect?: readonly string[];
  readonly listen?: readonly string[];
}

export type Protocol = "tcp" | "udp" | "icmp";

interface Ports {
  readonly low: number;
  readonly high: number;
}

/** A rule of `connect`: either names, with or without those below them, or a range of addresses. */
interface Reach extends Ports {
  readonly protocol: Protocol;
  /** small letters; "" when it names addresses */
  readonly name: string;
  /** whether it covers the names below `name`, not itself */
  readonly below: boolean;
  readonly from: number;
  readonly to: number;
  readonly any: boolean;
}

interface Door extends Ports {
  readonly protocol: Protocol;
}

/** Rules as they are asked. */
export interface ReadRules {
  readonly connect: readonly Reach[];
  readonly listen: readonly Door[];
}

/** Most rules of one kind, and most characters of one. */
export const MOST_RULES = 16;
export const MOST_RULE = 96;

const label = /^(?!-)[a-z0-9_-]{1,63}(?<!-)$/;
const NOWHERE = { name: "", below: false, from: 0, to: 0xffffffff, any: false };

function readPorts(text: string): Ports | undefined {
  if (text === "*") return { low: 0, high: 65_535 };
  const parts = /^([1-9][0-9]{0,4})(?:-([1-9][0-9]{0,4}))?$/.exec(text);
  if (parts === null) return undefined;
  const low = Number(parts[1]);
  const high = Number(parts[2] ?? parts[1]);
  return low <= high && high <= 65_535 ? { low, high } : undefined;
}

function readAddresses(text: string): { from: number; to: number } | undefined {
  const parts = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
  if (parts === null) return undefined;
  let address = 0;
  for (let i = 1; i <= 4; i++) {
    if (Number(parts[i]) > 255) return undefined;
    address = address * 256 + Number(parts[i]);
  }
  const prefix = Number(parts[5] ?? 32);
  if (prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  // An address with bits behind its prefix is a mistake of somebody who meant one host.
  return address % size === 0 ? { from: address, to: address + size - 1 } : undefined;
}

/** A rule of `connect`, undefined when it is none. */
export function readReach(text: string): Reach | undefined {
  const parts = text.length > MOST_RULE ? [] : text.split(":");
  const [protocol = "", host = "", port] = parts;
  if (protocol !== "tcp" && protocol !== "udp" && protocol !== "icmp") return undefined;
  if (parts.length !== (protocol === "icmp" ? 2 : 3)) return undefined;
  const ports = readPorts(port ?? "*");
  if (ports === undefined) return undefined;
  if (host === "*") return { protocol, ...ports, ...NOWHERE, any: true };
  const addresses = readAddresses(host);
  if (addresses !== undefined) return { protocol, ...ports, ...NOWHERE, ...addresses };
  // Datagrams and echo requests go to addresses; whose name that was nobody can say.
  if (protocol !== "tcp") return undefined;
  const below = host.startsWith("*.");
  const name = (below ? host.slice(2) : host).toLowerCase();
  if (/^[0-9.]*$/.test(name) || !name.split(".").every((each) => label.test(each)))
    return undefined;
  return { protocol, ...ports, ...NOWHERE, name, below };
}

/** A rule of `listen`, undefined when it is none. */
export function readDoor(text: string): Door | undefined {
  const [protocol = "", port = "", ...more] = text.length > MOST_RULE ? [] : text.split(":");
  const ports = readPorts(port);
  if ((protocol !== "tcp" && protocol !== "udp") || more.length > 0) return undefined;
  return ports === undefined ? undefined : { protocol, ...ports };
}

/** Reads rules that were checked before; what is none allows nothing. */
export function readRules({ connect = [], listen = [] }: NetRules): ReadRules {
  return {
    connect: connect.map(readReach).filter((each) => each !== undefined),
    listen: listen.map(readDoor).filter((each) => each !== undefined),
  };
}

function fits(rule: Reach, host: string | number): boolean {
  if (rule.any) return true;
  if (typeof host === "number") return rule.name === "" && host >= rule.from && host <= rule.to;
  if (rule.name === "") return false;
  return rule.below ? host.endsWith(`.${rule.name}`) : host === rule.name;
}

/** A name as rules compare it: small letters, without the dot at its end. */
export const ruleName = (name: string) => name.toLowerCase().replace(/\.$/, "");

/** Whether the rules allow to reach a host, given as it was asked for: an address, or a name (`ruleName`). */
export function mayReach(
  { connect }: ReadRules,
  protocol: Protocol,
  host: string | number,
  port: number,
): boolean {
  for (let i = 0; i < connect.length; i++) {
    const rule = connect[i]!;
    if (rule.protocol !== protocol || port < rule.low || port > rule.high) continue;
    if (fits(rule, host)) return true;
  }
  return false;
}

/** Whether the rules name a host at all: then its name may be looked up. */
export function mayKnow({ connect }: ReadRules, host: string | number): boolean {
  return connect.some((rule) => fits(rule, host));
}

/** Whether the rules allow to listen; port 0, any free one, needs all of them. */
export function mayOpen({ listen }: ReadRules, protocol: Protocol, port: number): boolean {
  return listen.some((rule) => rule.protocol === protocol && port >= rule.low && port <= rule.high);
}
