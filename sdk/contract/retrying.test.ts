import test from "ava";
import { type ClientOf, client } from "./client.ts";
import { call, contract } from "./contract.ts";
import { handle, u32 } from "./field.ts";
import { retrying } from "./retrying.ts";
import { service } from "./server.ts";
import { type MemoryChannel, World } from "./testing/pair.ts";

const Shop = contract("shop", 1, {
  look: call({ item: u32 }, { price: u32 }, { retry: "safe" }),
  buy: call({ item: u32 }, {}),
  lend: call({ thing: handle("memory") }, {}),
});
type Methods = typeof Shop extends { methods: infer M } ? M : never;

/** A shop whose server crashes on its first calls and is replaced. */
class Street {
  readonly world = new World();
  readonly got: string[] = [];
  client!: ClientOf<Methods>;
  readonly #waiting: ((next: ClientOf<Methods> | undefined) => void)[] = [];
  #far!: MemoryChannel;
  crashes: number;

  constructor(crashes: number) {
    this.crashes = crashes;
    this.open();
  }

  now(): number {
    return this.world.now;
  }

  next(): Promise<ClientOf<Methods> | undefined> {
    if (!this.client.closed) return Promise.resolve(this.client);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  open(): void {
    const [near, far] = this.world.pair();
    this.#far = far;
    const crash = (what: string): boolean => {
      this.got.push(what);
      if (this.crashes-- <= 0) return false;
      this.world.steps.push(() => {
        far.crash();
        this.open();
      });
      return true;
    };
    const never = new Promise<never>(() => undefined);
    service(Shop, {
      look: ({ item }) => (crash(`look ${item}`) ? never : { price: item * 2 }),
      buy: ({ item }) => (crash(`buy ${item}`) ? never : {}),
      lend: () => (crash("lend") ? never : {}),
    }).accept(far);
    this.client = client(Shop, near);
    for (const resolve of this.#waiting.splice(0)) resolve(this.client);
  }

  /** The server goes before it has taken anything. */
  close(): void {
    this.#far.paused = true;
    this.world.steps.push(() => {
      this.#far.crash();
      this.open();
    });
  }

  end(): void {
    for (const resolve of this.#waiting.splice(0)) resolve(undefined);
  }
}

test("a safe call that a crash took is repeated on the next client", async (t) => {
  const street = new Street(1);
  const look = retrying(Shop, street).look({ item: 4 });
  await street.world.run();
  t.deepEqual(await look, { price: 8 });
  t.deepEqual(street.got, ["look 4", "look 4"]);
});

test("a call that is not safe reports MAYBE_EXECUTED and runs once", async (t) => {
  const street = new Street(1);
  const buy = retrying(Shop, street).buy({ item: 4 });
  await street.world.run();
  t.like(await buy, { code: -9 });
  t.deepEqual(street.got, ["buy 4"]);
});

test("a call that the server never took is repeated whatever it is, unless it carried handles", async (t) => {
  const street = new Street(0);
  const calls = retrying(Shop, street);
  street.close();
  const buy = calls.buy({ item: 1 });
  const lend = calls.lend({ thing: 77 });
  await street.world.run();
  t.deepEqual(await buy, {});
  t.like(await lend, { code: -8 });
  t.deepEqual(street.got, ["buy 1"]);
});

test("a call that kills its server is not repeated for ever", async (t) => {
  const street = new Street(100);
  const look = retrying(Shop, street).look({ item: 4 });
  await street.world.run(200);
  t.like(await look, { code: -9 });
  t.is(street.got.length, 4);
});

test("when there will be no next client the first failure stands", async (t) => {
  const street = new Street(1);
  street.open = () => street.end();
  const look = retrying(Shop, street).look({ item: 4 });
  await street.world.run();
  street.end();
  t.like(await look, { code: -9 });
});
