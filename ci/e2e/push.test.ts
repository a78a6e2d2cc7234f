// Code pushed into a running system over the channel: whole, again, as what has changed, damaged, and as far as init's answer.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "ava";
import { Connection } from "../../sdk/cli/channel/connection.ts";
import { liveSource } from "../../sdk/cli/channel/live.ts";
import { difference } from "../../sdk/cli/push/difference.ts";
import { pushCode } from "../../sdk/cli/push/push-code.ts";
import { PushedCodes, sha256 } from "../../sdk/cli/push/pushed.ts";
import { serverCode } from "../../sdk/cli/push/server-code.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";

const folder = mkdtempSync(join(tmpdir(), "leivos-pushed-"));
test.after.always(() => rmSync(folder, { recursive: true, force: true }));

test("code arrives whole, only once, only what has changed, and goes as far as init", async (t) => {
  t.timeout(240_000);
  const guest = await bootedGuest({ machine: { channel: true }, options: { netd_wait: "30000" } });
  const connection = await Connection.open(guest.channel);
  try {
    const codes = new PushedCodes(join(folder, "codes"));
    const { code, manifest } = await serverCode("random", "uusi");
    const begun = performance.now();
    const first = await pushCode(connection, codes, "random", code);
    t.true(first.sent > 0 && first.sent < code.length);
    t.log(`${first.sent} of ${code.length} bytes in ${Math.round(performance.now() - begun)} ms`);
    t.is((await pushCode(connection, codes, "random", code)).sent, 0);
    const changed = code.slice();
    changed[code.length >> 1]! ^= 1;
    t.true((await pushCode(connection, codes, "random", changed)).sent < 100);

    const digest = sha256(Buffer.from("never pushed"));
    const swap = { server: "random", digest, manifest };
    await t.throwsAsync(connection.ask("swap", swap), { message: /push it first/ });
    await t.throwsAsync(
      connection.ask("swap", { ...swap, server: "nobody", digest: first.digest }),
      { message: /there is no server nobody/ },
    );
    await t.throwsAsync(connection.ask("rollback", { server: "nobody" }), {
      message: /there is no server nobody/,
    });
    await t.throwsAsync(connection.ask("swap", { ...swap, manifest: "x".repeat(3585) }), {
      message: /a manifest has at most 3584 bytes/,
    });
    await connection.ask("push", { digest, size: code.length, bases: [] });
    const pieces = difference(new Uint8Array(0), code);
    const answers = await Promise.allSettled(pieces.map((piece) => connection.piece(piece)));
    t.regex(`${(answers.at(-1) as { reason?: Error }).reason?.message}`, /, not .*; push it again/);
    await t.throwsAsync(connection.piece(new Uint8Array([2, 7])), { message: /no push is open/ });
    const size = 3 << 20;
    await t.throwsAsync(connection.ask("push", { digest, size, bases: [] }), {
      message: /code has 1 to 2097152 bytes/,
    });
    const dev = (await liveSource(connection).servers()).find(({ name }) => name === "dev");
    t.is(dev?.starts, 1);
  } finally {
    connection.close();
    await guest.close();
  }
});
