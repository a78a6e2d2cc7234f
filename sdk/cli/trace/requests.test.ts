import test from "ava";
import type { TraceFacts } from "../channel/facts.ts";
import { requestsOf, requestText } from "./requests.ts";

const step = (
  trace: number,
  time: number,
  server: string,
  what: TraceFacts["step"],
  peer: string,
): TraceFacts => ({
  trace,
  time,
  server,
  step: what,
  peer,
  contract: "net",
  method: "ping",
  text: "{}",
});

test("steps of one request in the order of time, the deeper the further in", (t) => {
  const all = [
    step(7, 3e6, "netd", "got call", "console"),
    step(9, 2e6, "dev", "calls", "/svc/net"),
    step(7, 1e6, "console", "calls", "/svc/net"),
    step(7, 4e6, "netd", "sends", "/dev/net0"),
    step(7, 5e6, "netd", "replies", "console"),
    step(7, 5e6, "console", "got reply", "/svc/net"),
  ];
  const requests = requestsOf(all);
  t.deepEqual(
    requests.map(({ trace, span }) => [trace, span]),
    [
      [7, 4e6],
      [9, 0],
    ],
  );
  t.deepEqual(
    requests[0]!.steps.map((each) => each.depth),
    [0, 1, 2, 1, 0],
  );
  t.is(
    requestText(requests[0]!),
    `request 7, 4.000 ms
     0.000 console calls /svc/net: net.ping {}
     2.000   netd is called by console: net.ping {}
     3.000     netd sends to /dev/net0: net.ping {}
     4.000   netd answers console: net.ping {}
     4.000 console is answered by /svc/net: net.ping {}
`,
  );
});

test("what has lost its begin is shown all the same", (t) => {
  const requests = requestsOf([step(1, 1, "a", "replies", "b"), step(1, 2, "b", "got reply", "a")]);
  t.deepEqual(
    requests[0]!.steps.map((each) => each.depth),
    [0, 0],
  );
});
