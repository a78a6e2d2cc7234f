// Clients stop before their servers.
import test from "ava";
import { stopOrder } from "./stop-order.ts";

const server = (name: string, ...uses: string[]) => ({
  name,
  serves: [{ name: `/svc/${name}`, contract: name, version: 1 }],
  uses: uses.map((each) => `/svc/${each}`),
});
const order = (...all: ReturnType<typeof server>[]) =>
  stopOrder(all, (each) => each).map((wave) => wave.map(({ name }) => name).join());

test("clients first, strangers at once, and who use each other together", (t) => {
  t.deepEqual(order(server("clock"), server("meter", "clock"), server("view", "meter", "clock")), [
    "view",
    "meter",
    "clock",
  ]);
  t.deepEqual(order(server("a"), server("b")), ["a,b"]);
  t.deepEqual(order(server("a", "b"), server("b", "a"), server("c", "a")), ["c", "a,b"]);
  t.deepEqual(order(server("a", "a")), ["a"]);
  t.deepEqual(order(), []);
});
