import test from "ava";
import { packManifest } from "../../sdk/contract/manifest.ts";
import { auditRefused, auditUsed, emptyAudit, lineOfGrant, QUIET, unusedLines } from "./audit.ts";
import { logAllowance, serverLines } from "./server-log.ts";

const denied = (who: string, value: string) => ({
  by: "init",
  who,
  what: "bootstrap.open",
  field: "uses",
  value,
  sentence: `${who} may not open ${value}`,
});

test("a refusal is logged once in a while and always counted", (t) => {
  const audit = emptyAudit();
  t.true(auditRefused(audit, denied("netd", "/svc/x"), 0));
  t.false(auditRefused(audit, denied("netd", "/svc/x"), 5));
  t.true(auditRefused(audit, denied("netd", "/svc/y"), 5));
  t.true(auditRefused(audit, denied("netd", "/svc/x"), QUIET, 4));
  t.deepEqual(
    audit.refusals.map((each: { count: number }) => each.count),
    [6, 1],
  );
  for (let index = 0; index < 1000; index += 1)
    auditRefused(audit, denied("netd", `/svc/${index}`), 0);
  t.is(audit.refusals.length, 200);
});

test("one server's tales leave room for the others'", (t) => {
  const audit = emptyAudit();
  for (let index = 0; index < 1000; index += 1)
    auditRefused(audit, { ...denied("netd", `/svc/${index}`), by: "liar" }, 0);
  t.is(audit.refusals.length, 40);
  t.true(auditRefused(audit, denied("netd", "/svc/x"), 0));
  t.true(auditRefused(audit, { ...denied("netd", "/svc/x"), by: "pci" }, 0));
});

test("what a manifest grants is unused until it was used; what it does not grant is nothing", (t) => {
  const audit = emptyAudit();
  const manifest = packManifest({
    name: "a",
    uses: ["/svc/x", "/svc/y"],
    devices: ["serial"],
    privileges: ["log-read"],
    may: ["see"],
  });
  t.is(unusedLines(audit, manifest).length, 5);
  auditUsed(audit, manifest, { field: "uses", value: "/svc/y" });
  auditUsed(audit, manifest, { field: "uses", value: "/svc/z" });
  auditUsed(audit, manifest, lineOfGrant("device:serial/ports")!);
  auditUsed(audit, manifest, lineOfGrant("log-read")!);
  t.deepEqual(unusedLines(audit, manifest), [
    { field: "uses", value: "/svc/x" },
    { field: "may", value: "see" },
  ]);
  t.is(lineOfGrant("toString"), undefined);
  t.deepEqual(Object.keys(audit.used["a"]!).length, 3);
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
