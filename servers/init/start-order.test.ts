import test from "ava";
import { startOrder } from "./start-order.ts";

const server = (name: string, serves: string[], uses: string[]) => ({
  name,
  serves: serves.map((service) => ({ name: service })),
  uses,
});
const names = (servers: readonly { name: string }[]) => servers.map((each) => each.name);

test("whoever serves starts before whoever uses", (t) => {
  const { order, problems } = startOrder(
    [
      server("console", [], ["/svc/net", "/dev/keyboard"]),
      server("netd", ["/svc/net"], ["/dev/net0"]),
      server("virtio-net", ["/dev/net0"], ["/dev/pci"]),
      server("pci", ["/dev/pci"], []),
      server("i8042", ["/dev/keyboard"], []),
    ],
    [],
  );
  t.deepEqual(names(order), ["pci", "virtio-net", "netd", "i8042", "console"]);
  t.deepEqual(problems, []);
});

test("circles, double names, names of init", (t) => {
  const circle = startOrder(
    [
      server("a", ["/svc/a"], ["/svc/b"]),
      server("b", ["/svc/b"], ["/svc/a"]),
      server("c", [], ["/svc/a"]),
      server("d", [], []),
    ],
    [],
  );
  t.deepEqual(names(circle.order), ["d"]);
  t.is(circle.problems[0]?.sentence, "the servers need each other: a uses b uses a");
  t.deepEqual(circle.problems.map((each) => each.server).sort(), ["a", "b", "c"]);
  const twice = startOrder([server("a", ["/svc/x"], []), server("b", ["/svc/x"], [])], []);
  t.deepEqual(twice.problems, [{ server: "b", sentence: "/svc/x is already served by a" }]);
  const own = startOrder([server("a", ["/svc/admin"], [])], ["/svc/admin"]);
  t.is(own.problems[0]?.sentence, "/svc/admin is served by init itself");
});

test("a server may use what it serves itself, and what nobody serves", (t) => {
  const { order, problems } = startOrder([server("a", ["/svc/a"], ["/svc/a", "/svc/none"])], []);
  t.deepEqual(names(order), ["a"]);
  t.deepEqual(problems, []);
});
