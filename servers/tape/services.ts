// What scripts reach outside: the lent session's own calls (`sys`), and the services that it may open (`svc:`).
// Invariant: nothing is called but through the lent session, so that its account's permissions hold.
import { type Client, client } from "../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { NetworkWorld } from "../../sdk/net/network.ts";
import { type OpenNet, openNetwork, worldOver } from "../../sdk/net/open-network.ts";
import { openName } from "../../sdk/runtime/connect.ts";
import { Endpoint } from "../../sdk/runtime/endpoint.ts";
import { open } from "../../sdk/runtime/open.ts";
import type { Outside } from "../../sdk/tape/exchange.ts";
import type { OpenNetwork } from "../../sdk/tape/net-hosts.ts";
import { Services, sysCall } from "../../sdk/tape/reach.ts";
import type { Session } from "../init/contract.ts";
import { Net } from "../netd/contract.ts";
import services from "./every.services";

/** Names that can stand behind `svc:`. */
export const serviceNames: readonly string[] = services.map(({ module }) => module);

/** The world of a channel's scripts. */
export class Lent {
  session: Client<typeof Session> | undefined;
  readonly #services = new Services(services, async (contract, path) => {
    const session = await this.#lent();
    if (session instanceof Failure) return session;
    const channel = await openName(session, path);
    return channel instanceof Failure ? channel : client(contract, new Endpoint(channel));
  });

  /** Calls by the names that `bridge.call` gets: `sys NAME` or `svc MODULE METHOD ARGUMENTS`. */
  readonly outside: Outside = async (name, args) => {
    const [kind, first = "", method = "", names = ""] = name.split(" ");
    if (kind === "sys") return sysCall(first, args, () => this.#lent());
    return this.#services.call(first, method, names, args);
  };

  readonly #net: OpenNet = async () => {
    const session = await this.#lent();
    if (session instanceof Failure) return session;
    const channel = await openName(session, "/svc/net");
    return channel instanceof Failure ? channel : open(Net, channel);
  };
  /** The network, over the account's right to /svc/net. */
  readonly network: OpenNetwork = () => openNetwork(this.#net);
  /** For connections that were open before. */
  readonly world: NetworkWorld = worldOver(this.#net);

  close(): void {
    this.session?.close();
    this.session = undefined;
    this.#services.close();
    this.world.close?.();
  }

  async #lent(): Promise<Client<typeof Session> | Failure> {
    if (this.session !== undefined && !this.session.closed) return this.session;
    return refuse(failures.REFUSED, "this script was lent no session; start it from a shell");
  }
}
