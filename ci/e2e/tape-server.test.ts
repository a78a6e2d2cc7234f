// A server in Tape on the nucleus, in a copy of the tree: it counts, its saved program takes over with the count, and it is started
// again after its end.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test from "ava";
import { copyTree } from "./tree-copy.ts";

const copy = copyTree("tape-server");
test.after.always(() => rmSync(copy, { recursive: true, force: true }));

test("a server in Tape runs, is swapped with its state, and comes back", async (t) => {
  t.timeout(300_000);
  process.chdir(copy); // the build works in the top folder
  const from = (path: string) => import(join(copy, path));
  const { tapeServerFiles } = await from("sdk/cli/new/tape-server-files.ts");
  mkdirSync("servers/beat");
  const files = Object.entries(tapeServerFiles("beat") as Record<string, string>);
  for (const [path, text] of files) writeFileSync(path, text);
  const { freshGuest } = await from("ci/qemu/booted-guest.ts");
  const { Connection } = await from("sdk/cli/channel/connection.ts");
  const { serverCode } = await from("sdk/cli/push/server-code.ts");
  const { swapCode } = await from("sdk/cli/push/swap-server.ts");
  const guest = await freshGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  let connection: Awaited<ReturnType<typeof Connection.open>> | undefined;
  /** Repeats a command until its output matches. */
  const until = async (command: string, answer: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const start = guest.transcript.text.length;
      guest.type(`${command}\n`);
      await guest.expect(/\nleivos\$ $/);
      const found = answer.exec(guest.transcript.text.slice(start));
      if (found !== null) return found;
    }
  };
  try {
    await guest.expect(/leivos login: $/);
    connection = await Connection.open(guest.channel);
    guest.type("dev\n");
    await guest.expect(/Password: $/);
    guest.type("dev\n");
    await guest.expect(/leivos\$ $/);
    await until("log beat", /beat: serving\r?\n(?:.*\n)*beat: tick 5\r?\n/);

    const program = "servers/beat/main.tape";
    const text = readFileSync(program, "utf8");
    writeFileSync(program, text.replace('"tick {seconds}"', '"tock {seconds}"'));
    const { line } = await swapCode(connection, await serverCode("beat", "uusi"));
    t.log(line);
    t.regex(line, /^swapped beat [\d.]+ ms \(paused [\d.]+ ms\b/);
    const [, count] = await until("log beat", /beat: tock (\d+)\r?\n/);
    t.true(Number(count) >= 10 && Number(count) % 5 === 0, `the count goes on: ${count}`);

    await until("kill beat", /leivos/);
    await until("services", /\/svc\/beat +beat +running/);
    await until("log beat", /beat: killed[\s\S]*beat: tock 5\r?\n/);
  } finally {
    connection?.close();
    await guest.close();
  }
});
