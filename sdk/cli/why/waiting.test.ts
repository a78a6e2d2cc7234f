import test from "ava";
import fc from "fast-check";
import type { ServiceFacts, WaitsFacts } from "../channel/facts.ts";
import { contractHomes } from "./contract-homes.ts";
import { around, circlesOf, type Edge, edgesOf } from "./waiting.ts";

const edge = (from: string, to: string): Edge => ({ from, to, call: "c.m", time: 1 });

test("a call leads to the server of the name, to init, or to the contract's home", (t) => {
  const call = (contract: string, method: string, service: string) => ({
    contract,
    method,
    service,
    since: 4,
  });
  const calls = [
    call("net", "ping", "/svc/net"),
    call("bootstrap", "open", "/svc/net"),
    call("bootstrap", "open", ""),
    call("tcp-stream", "read", ""),
    call("strange", "read", ""),
    call("session", "waits", "/svc/session"), // the question itself
  ];
  const facts: WaitsFacts = { state: "running", answers: true, queued: 0, calls };
  const services = [{ name: "/svc/net", server: "netd" }] as ServiceFacts[];
  const homes = new Map([["tcp-stream", "netd"]]);
  const edges = edgesOf(new Map([["a", facts]]), services, homes, 10);
  t.deepEqual(
    edges.map(({ to }) => to),
    ["netd", "netd", "init", "netd", "?"],
  );
  t.deepEqual(edges[0], { from: "a", to: "netd", call: "net.ping at /svc/net", time: 6 });
});

test("circles are named once, whoever is asked first", (t) => {
  const edges = [edge("c", "a"), edge("a", "b"), edge("b", "c"), edge("x", "a"), edge("y", "y")];
  const circles = [["a", "b", "c"], ["y"]];
  t.deepEqual(circlesOf(edges), circles);
  t.deepEqual(circlesOf([...edges].reverse()), circles);
  t.deepEqual(circlesOf([edge("a", "b"), edge("b", "c"), edge("a", "c")]), []);
});

test("what a server waits for, further and further, and who waits for it", (t) => {
  const edges = [edge("a", "b"), edge("b", "c"), edge("z", "a"), edge("q", "z")];
  t.deepEqual(around(edges, "a"), { on: [edges[0], edges[1]], to: [edges[2]] });
});

test("any graph ends, and each circle found is one", (t) => {
  const name = fc.constantFrom("a", "b", "c", "d", "e");
  fc.assert(
    fc.property(fc.array(fc.tuple(name, name), { maxLength: 12 }), (pairs) => {
      const edges = pairs.map(([from, to]) => edge(from, to));
      for (const circle of circlesOf(edges))
        circle.forEach((from, i) => {
          const to = circle[(i + 1) % circle.length];
          t.true(edges.some((each) => each.from === from && each.to === to));
        });
      for (const server of ["a", "e"]) around(edges, server);
    }),
  );
});

test("the contracts of this tree have homes", (t) => {
  const homes = contractHomes();
  t.is(homes.get("net"), "netd");
  t.is(homes.get("session"), "init");
});
