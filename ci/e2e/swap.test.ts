// Hot swap in QEMU: `random` and the card's driver are swapped while the network works, and bad code is refused.
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { rollBack, swapCode } from "../../sdk/cli/push/swap-server.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command } from "../qemu/person.ts";
import { variantOf } from "./server-variant.ts";

/** Swaps until it is not refused for a limit of time: on an overloaded host the running code goes on, and the next try counts. */
async function swapped(connection: Connection, code: Awaited<ReturnType<typeof variantOf>>) {
  for (let tries = 1; ; tries++) {
    const { line } = await swapCode(connection, code);
    if (tries === 20 || !/^refused .* (?:within \d+ ms|in time)/.test(line)) return line;
  }
}

test.serial("random is swapped while a ping runs, and bad code leaves it alone", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const connection = await Connection.open(guest.channel);
  const running = async () =>
    (await liveSource(connection).servers()).find(({ name }) => name === "random");
  try {
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    guest.type("ping 10.0.2.2 5\n");
    const codes = await Promise.all(
      [1, 2, 3].map((n) => variantOf("random", `good${n}`, `(globalThis as any).mark = ${n};`)),
    );
    for (const code of codes) {
      const line = await swapped(connection, code);
      t.log(line);
      t.regex(
        line,
        /^swapped random [\d.]+ ms \(paused [\d.]+ ms, \d+ streams? kept\)(?:, try \d)?$/,
      );
    }
    await guest.expect(/5 sent, 5 received[\s\S]*leivos\$ $/);
    const good = await running();
    t.is(good?.starts, 1);

    const answer = await swapCode(
      connection,
      await variantOf("random", "throws", "throw new Error('no such day');"),
    );
    t.is(answer.kind, "refused");
    t.regex(
      answer.line,
      /^refused random because uncaught while starting: Error: no such day at .*throws\.ts:2/,
    );
    t.deepEqual(await running(), { ...(await running())!, code: good!.code, starts: 1 });

    for (let tries = 0; tries < 20; tries++)
      if (/^swapped random /.test((await rollBack(connection, "random")).line)) break;
    t.not((await running())?.code, good?.code);
    guest.type("ping 10.0.2.2 5\n");
    await guest.expect(/seq=1 /);
    const drivers = await Promise.all(
      [1, 2].map((n) => variantOf("virtio-net", `card${n}`, `(globalThis as any).mark = ${n};`)),
    );
    for (let i = 0; i < 6; i++) {
      const line = await swapped(connection, drivers[i % 2]!);
      t.log(line);
      t.regex(line, /^swapped virtio-net [\d.]+ ms \(paused [\d.]+ ms, 1 stream kept\)/);
    }
    await guest.expect(/5 sent, 5 received[\s\S]*leivos\$ $/);
  } finally {
    connection.close();
    await guest.close();
  }
});

test.serial("netd is swapped while the shell pings, and keeps its lease", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const connection = await Connection.open(guest.channel);
  try {
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    guest.type("ping 10.0.2.2 8\n");
    await guest.expect(/seq=1 /);
    const codes = await Promise.all(
      [1, 2].map((n) => variantOf("netd", `netd${n}`, `(globalThis as any).mark = ${n};`)),
    );
    const lines: string[] = [];
    for (let i = 0; i < 4; i++) lines.push(await swapped(connection, codes[i % 2]!));
    for (const line of lines) t.log(line);
    await guest.expect(/8 sent, 8 received[\s\S]*leivos\$ $/);
    for (const line of lines) t.regex(line, /^swapped netd .*\(paused /);
    guest.type("ip\n");
    await guest.expect(/dhcp +bound[\s\S]*leivos\$ $/);
    const netd = (await liveSource(connection).servers()).find(({ name }) => name === "netd");
    t.is(netd?.starts, 1);
  } finally {
    connection.close();
    await guest.close();
  }
});

test.serial("console is swapped while somebody types, and tape between two lines", async (t) => {
  t.timeout(300_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const connection = await Connection.open(guest.channel);
  try {
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    const codes = await Promise.all(
      [1, 2].map((n) => variantOf("console", `console${n}`, `(globalThis as any).mark = ${n};`)),
    );
    guest.type("echo ");
    const lines: string[] = [];
    for (let i = 0; i < 4; i++) {
      guest.type(`${i}`.repeat(20));
      lines.push(await swapped(connection, codes[i % 2]!));
      guest.type("-");
    }
    for (const line of lines) t.log(line);
    for (const line of lines) t.regex(line, /^swapped console /);
    guest.type("\n");
    await guest.expect(/0{20}-1{20}-2{20}-3{20}-\r?\n[\s\S]*leivos\$ $/);
    guest.type("caps console\n");
    await guest.expect(/device +serial[\s\S]*leivos\$ $/);
    // the interpreter of the session: what it was told stays
    t.is(await command(guest, "let x = 5"), "");
    t.is(await command(guest, "fn twice(n: i64) -> i64 { return n * 2; }"), "");
    const line = await swapped(connection, await variantOf("tape", "tape1", "export {};"));
    t.log(line);
    t.regex(line, /^swapped tape /);
    t.is(await command(guest, "x"), "5\n");
    t.is(await command(guest, "twice(x) + 1"), "11\n");
  } finally {
    connection.close();
    await guest.close();
  }
});
