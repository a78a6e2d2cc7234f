// What a host asks for, and how often: tries again for a moment's sake, brings along who speaks a contract as it was.
import test from "ava";
import type { ServerCode } from "./server-code.ts";
import { rollBack, swapAlong, swapCode } from "./swap-server.ts";

const code = (name: string): ServerCode => ({
  name,
  code: Buffer.from(name),
  manifest: "{}",
  sources: [],
  kernels: [{ name: `${name}-kernel`, file: Buffer.from("kernel") }],
});

/** A system that has all code, and gives these answers one after the other. */
function system(...replies: Record<string, unknown>[]) {
  const asked: { call: string; servers: unknown[]; kernels: unknown }[] = [];
  return {
    asked,
    async ask(call: string, fields: Record<string, unknown> = {}) {
      if (call === "push") return { held: true, base: "" };
      const others = (fields["together"] ?? []) as { server: string }[];
      const servers = [fields["server"], ...others.map(({ server }) => server)];
      asked.push({ call, servers, kernels: fields["kernels"] });
      return replies.shift()!;
    },
    piece: () => Promise.reject(new Error("nothing is to be pushed")),
  };
}

const swapped = { kind: "swapped", line: "swapped clock 4 ms" };
const busy = { kind: "refused", line: "refused clock because a call is suspended", again: true };

test("what is refused for a moment is tried again, up to the fifth time", async (t) => {
  const line = system(busy, busy, swapped);
  const report = await swapCode(line, code("clock"));
  t.like(report, { kind: "swapped", line: "swapped clock 4 ms, try 3", tries: 3, sent: 0 });
  t.deepEqual(
    line.asked.map(({ servers }) => servers),
    [["clock"], ["clock"], ["clock"]],
  );
  t.like((line.asked[0]!.kernels as object[])[0], { name: "clock-kernel" });
  const never = system(busy, busy, busy, busy, busy, swapped);
  t.like(await rollBack(never, "clock"), { kind: "refused", line: `${busy.line}, try 5` });
  const wrong = system({ kind: "refused", line: "refused clock because it throws" }, swapped);
  t.like(await swapCode(wrong, code("clock")), { kind: "refused", tries: 1 });
});

test("who speaks a contract as it was comes along, and so do its own clients", async (t) => {
  const lost = (...along: string[]) => ({ kind: "refused", line: "refused", along });
  const made: string[] = [];
  const make = async (name: string) => {
    made.push(name);
    return name.includes(":") ? undefined : code(name);
  };
  const line = system(lost("meter", "view"), lost("meter", "log"), swapped);
  const { report, others } = await swapAlong(line, [code("clock")], 0, make);
  t.is(report.kind, "swapped");
  t.deepEqual(made, ["meter", "view", "log"]);
  t.deepEqual(
    others.map(({ name }) => name),
    made,
  );
  t.deepEqual(
    line.asked.map(({ servers }) => servers),
    [["clock"], ["clock", "meter", "view"], ["clock", "meter", "view", "log"]],
  );
  const account = system(lost("account:dev"));
  t.is((await swapAlong(account, [code("clock")], 0, make)).report.kind, "refused");
  t.is(account.asked.length, 1);
});
