// A shop served over a real channel within this process, with a client at the other end.
import { client } from "../../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../../sdk/contract/failure.ts";
import { type Handlers, service } from "../../../sdk/contract/server.ts";
import { closeHandle } from "../../../sdk/runtime/handle.ts";
import { Endpoint } from "../../../sdk/runtime/endpoint.ts";
import { Shop, Stream } from "./contract.ts";

type Methods = (typeof Shop)["methods"];

/** Two connected endpoints on the loop. */
export function pair(): [Endpoint, Endpoint] {
  const made = Endpoint.pair();
  if (made instanceof Failure) throw new Error(made.sentence);
  return [new Endpoint(made.near), new Endpoint(made.far)];
}

export function openShop(more: Partial<Handlers<Methods>> = {}) {
  const [near, far] = pair();
  const orders: string[] = [];
  const finish: ((value: object) => void)[] = [];
  const streams = service(Stream, { read: ({ most }) => ({ text: "x".repeat(most) }) });
  const served = service(Shop, {
    add: ({ a, b }) => ({ sum: a + b }),
    open: () => {
      const made = Endpoint.pair();
      if (made instanceof Failure) return made;
      streams.accept(new Endpoint(made.far));
      return { stream: made.near };
    },
    give: ({ things }) => {
      closeHandle(things[0] as number);
      closeHandle(things[2] as number);
      return { back: things[1] as number };
    },
    slow: () => new Promise<object>((resolve) => void finish.push(resolve)),
    fail: ({ how }) => {
      if (how === "refuse") return refuse(failures.REFUSED, "add it to `uses`");
      if (how === "throw") throw new TypeError("out of stock");
      return Promise.reject(new Error("no"));
    },
    hide: ({ word }) => ({ length: word.length }),
    order: ({ item, count }) => void orders.push(`${item} ${count}`),
    ...more,
  } as Handlers<Methods>);
  served.accept(far);
  const shop = client(Shop, near);
  const close = () => {
    shop.close();
    served.close();
    streams.close();
  };
  return { near, far, served, streams, orders, finish, shop, close };
}
