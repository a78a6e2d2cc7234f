import test from "ava";
import { auditRefused, QUIET } from "./audit.ts";
import { logAllowance, serverLines } from "./server-log.ts";

test("a refusal is logged once in a while and always counted", (t) => {
  const audit = { refusals: [] };
  t.true(auditRefused(audit, "netd", "/svc/x", 0));
  t.false(auditRefused(audit, "netd", "/svc/x", 5));
  t.true(auditRefused(audit, "netd", "/svc/y", 5));
  t.true(auditRefused(audit, "netd", "/svc/x", QUIET));
  t.deepEqual(
    audit.refusals.map((each: { count: number }) => each.count),
    [3, 1],
  );
  for (let index = 0; index < 1000; index += 1) auditRefused(audit, "netd", `/svc/${index}`, 0);
  t.is(audit.refusals.length, 200);
});

test("a server's text is one clean line, a flood is cut and counted", (t) => {
  const allowance = logAllowance();
  t.deepEqual(serverLines(allowance, "netd", "info", "a\r\nb\x1b[2J", 0), ["netd: a b [2J"]);
  t.deepEqual(serverLines(allowance, "netd", "error", "bad", 0), ["netd: error: bad"]);
  let lines = 2;
  for (let index = 0; index < 1000; index += 1)
    lines += serverLines(allowance, "netd", "info", "x", 0).length;
  t.is(lines, 200);
  const after = serverLines(allowance, "netd", "info", "y".repeat(5000), 1e9);
  t.is(after[0], "netd: (802 lines were cut: at most 50 a second are kept)");
  t.is(after[1]?.length, 1006);
});
