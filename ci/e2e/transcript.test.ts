// The boot transcript on machines of different sizes: each line in its order, each figure true.
import test from "ava";
import { uusiBoot } from "./uusi-boot.ts";

const login = "leivos login:";

/** The transcript's lines for a machine; the memory is checked as a range, in tenths of a GiB. */
function check(t: import("ava").ExecutionContext, lines: string[], cpus: number, memory: number) {
  const own = lines.filter((line) => line.startsWith("[ok] ") || line.startsWith(login));
  const free = /^\[ok\] pmm online, (\d+\.\d) GiB available$/.exec(own[1] ?? "");
  t.deepEqual(own, [
    "[ok] uefi memory map preserved",
    free?.[0] ?? "[ok] pmm online, N GiB available",
    "[ok] vmm + slab heap up",
    `[ok] scheduler: ${cpus} logical CPUs`,
    "[ok] netd: dhcp BOUND ip=10.0.2.15",
    login,
  ]);
  const gibibytes = Number(free?.[1]);
  t.true(gibibytes <= memory && gibibytes >= memory - 0.25, `${gibibytes} of ${memory} GiB`);
}

const machines: [number, string, number][] = [
  [1, "512M", 0.5],
  [2, "2G", 2],
  [3, "3G", 3],
  [8, "8G", 8],
];
for (const [cpus, memory, gibibytes] of machines) {
  test.serial(`${cpus} processors and ${memory} reach the prompt`, async (t) => {
    const flags = ["--serial", "--until", "login", "--netd-wait", "30000"];
    const { code, lines, errors } = await uusiBoot(
      ...[...flags, "--cpus", String(cpus), "--memory", memory],
    );
    t.is(code, 0, errors);
    check(t, lines, cpus, gibibytes);
  });
}

test.serial("another DHCP range gives another address", async (t) => {
  const net = "user,net=10.9.8.0/24,dhcpstart=10.9.8.77";
  const flags = ["--until", "login", "--netd-wait", "30000", "--cpus", "2", "--net", net];
  const { code, lines, errors } = await uusiBoot(...flags);
  t.is(code, 0, errors);
  t.true(lines.includes("[ok] netd: dhcp BOUND ip=10.9.8.77"), lines.join("\n"));
});

for (const [what, flags] of [
  ["without a network card", ["--net", "none"]],
  ["without the network server", ["--without", "netd"]],
] as const) {
  test.serial(`${what} the netd line is absent and the login comes`, async (t) => {
    const { code, lines, errors } = await uusiBoot("--until", "login", "--cpus", "2", ...flags);
    t.is(code, 0, errors);
    t.true(lines.includes("[ok] scheduler: 2 logical CPUs"));
    t.false(lines.some((line) => line.startsWith("[ok] netd")));
    t.is(lines.at(-1)!.trimEnd(), login);
  });
}
