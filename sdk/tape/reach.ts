// What a program reaches outside: the services that its process may open, and, over /svc/session, what `sys` shows and does.
// Invariant: a name is opened through the function given, which holds the permissions; nothing else is called.
import type { Client, ClientOf } from "../contract/client.ts";
import type { Contract, Methods } from "../contract/contract.ts";
import { Failure, failures, refuse } from "../contract/failure.ts";
import { sleep } from "../runtime/timers.ts";
import type { Session } from "../../servers/init/contract.ts";
import type { Value } from "./exchange.ts";
import type { NamedContract } from "./program.ts";
import { sysCalls } from "./sys-calls.ts";

type Calls = { [method: string]: (request: object) => Promise<object | Failure> };

/** Opens a name. */
export type Open = (
  contract: Contract<Methods>,
  path: string,
) => Promise<ClientOf<Methods> | Failure>;

/** Calls `sys NAME`. */
export async function sysCall(
  name: string,
  args: readonly Value[],
  session: () => Promise<Client<typeof Session> | Failure>,
): Promise<Value | Failure> {
  if (name === "sleep") {
    await sleep(Math.max(Number(args[0]), 0) * 1e6);
    return undefined;
  }
  const call = sysCalls[name];
  if (call === undefined) return refuse(failures.NOT_FOUND, `sys has no ${name}`);
  const client = await session();
  return client instanceof Failure ? client : call(client, args);
}

/** Services that stay open between calls. */
export class Services {
  readonly #known: readonly NamedContract[];
  readonly #open: Open;
  readonly #clients: { [module: string]: ClientOf<Methods> | undefined } = {};

  constructor(known: readonly NamedContract[], open: Open) {
    this.#known = known;
    this.#open = open;
  }

  /** Calls METHOD with arguments whose names are given, separated by commas. */
  async call(
    module: string,
    method: string,
    names: string,
    args: readonly Value[],
  ): Promise<Value | Failure> {
    const client = await this.client(module);
    if (client instanceof Failure) return client;
    const call = (client as unknown as Calls)[method];
    if (call === undefined) return refuse(failures.NOT_FOUND, `svc:${module} has no ${method}`);
    const answer = await call.call(client, record(names, args));
    return answer instanceof Failure ? answer : (answer as Value);
  }

  /** The client of a service, opened when it is not. */
  async client(module: string): Promise<ClientOf<Methods> | Failure> {
    const present = this.#clients[module];
    if (present !== undefined && !present.closed) return present;
    const service = this.#known.find((each) => each.module === module);
    if (service === undefined) return refuse(failures.NOT_FOUND, `there is no svc:${module}`);
    const opened = await this.#open(service.contract, service.path);
    if (!(opened instanceof Failure)) this.#clients[module] = opened;
    return opened;
  }

  close(): void {
    for (const { module } of this.#known) this.#clients[module]?.close();
  }
}

/** Named arguments as an object. */
export function record(names: string, args: readonly Value[]): { [field: string]: Value } {
  const request: { [field: string]: Value } = {};
  names.split(",").forEach((field, i) => {
    if (field !== "") request[field] = args[i];
  });
  return request;
}
