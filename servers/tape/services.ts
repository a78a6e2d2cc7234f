// What scripts reach outside: the session's own calls (`sys`), and the services that it may open (`svc:`).
// Invariant: nothing is called but through the lent session, so that its account's permissions hold.
import { type Client, type ClientOf, client } from "../../sdk/contract/client.ts";
import type { Contract, Methods } from "../../sdk/contract/contract.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { sleep } from "../../sdk/runtime/timers.ts";
import type { Session } from "../init/contract.ts";
import { Net } from "../netd/contract.ts";
import { Random } from "../random/contract.ts";
import type { Outside, Value } from "./exchange.ts";
import { sysCalls } from "./sys-calls.ts";

/** Contract and name of each service, by the name behind `svc:`. */
const services: {
  readonly [module: string]: { readonly contract: Contract<Methods>; readonly path: string };
} = {
  net: { contract: Net as unknown as Contract<Methods>, path: "/svc/net" },
  random: { contract: Random as unknown as Contract<Methods>, path: "/svc/random" },
};

/** Names that can stand behind `svc:`. */
export const serviceNames: readonly string[] = Object.keys(services);

type Calls = { [method: string]: (request: object) => Promise<object | Failure> };

/** The world of a channel's scripts. */
export class Lent {
  session: Client<typeof Session> | undefined;
  readonly #open: { [module: string]: ClientOf<Methods> | undefined } = {};

  /** Calls by the names that `bridge.call` gets: `sys NAME` or `svc MODULE METHOD ARGUMENTS`. */
  readonly outside: Outside = async (name, args) => {
    const [kind, first = "", method = "", names = ""] = name.split(" ");
    if (kind === "sys" && first === "sleep") {
      await sleep(Math.max(Number(args[0]), 0) * 1e6);
      return undefined;
    }
    if (this.session === undefined || this.session.closed)
      return refuse(failures.REFUSED, "this script was lent no session; start it from a shell");
    if (kind === "sys") {
      const call = sysCalls[first];
      return call === undefined
        ? refuse(failures.NOT_FOUND, `sys has no ${first}`)
        : call(this.session, args);
    }
    return this.#service(this.session, first, method, names.split(","), args);
  };

  close(): void {
    this.session?.close();
    this.session = undefined;
    for (const module of serviceNames) this.#open[module]?.close();
  }

  async #service(
    session: Client<typeof Session>,
    module: string,
    method: string,
    names: readonly string[],
    args: readonly Value[],
  ): Promise<Value | Failure> {
    const service = services[module];
    if (service === undefined) return refuse(failures.NOT_FOUND, `there is no svc:${module}`);
    let open = this.#open[module];
    if (open === undefined || open.closed) {
      const channel = await session.open({ name: service.path });
      if (channel instanceof Failure) return channel;
      open = client(service.contract, new Endpoint(channel.channel));
      this.#open[module] = open;
    }
    const request: { [field: string]: Value } = {};
    names.forEach((field, i) => {
      if (field !== "") request[field] = args[i];
    });
    const call = (open as unknown as Calls)[method];
    if (call === undefined) return refuse(failures.NOT_FOUND, `svc:${module} has no ${method}`);
    const answer = await call.call(open, request);
    return answer instanceof Failure ? answer : (answer as Value);
  }
}
