// Programs that are not the image's: files of `tape build` on an HTTP server of this host, run in a booted guest by their address.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import test from "ava";
import { executableOf } from "../../tape/pe/testing/build.ts";
import { bootedGuest } from "../qemu/booted-guest.ts";
import { command, logIn } from "../qemu/person.ts";

const source = `import io from "io";
import os from "os";
fn sum(n: i64) -> i64 {
    var s: i64 = 0;
    for (i in 0..n) { s += 10 / (n - i - 1); }
    return s;
}
fn main() -> i64 {
    io.println("from elsewhere, {os.args_count()} words");
    if (os.args_count() > 1) { io.println("{sum(3)}"); }
    return 0;
}
`;

test("a program comes from an address, with the grants of whoever runs it and no more", async (t) => {
  const small = executableOf(source);
  const greedy = executableOf(source, { manifest: '{"uses":["/svc/random"]}' });
  const asks = executableOf(source, { manifest: '{"uses":["/svc/net"]}' });
  const damaged = Uint8Array.from(small);
  damaged[0x3c] = 0xff;
  const files: Record<string, Uint8Array | undefined> = {
    "/app.exe": small,
    "/greedy.exe": greedy,
    "/asks.exe": asks,
    "/damaged.exe": damaged,
    "/text.exe": Buffer.from("no program at all"),
    "/large.exe": new Uint8Array((1 << 20) + 1),
  };
  const server = createServer((request, answer) => {
    const file = files[request.url ?? ""];
    answer.writeHead(file === undefined ? 404 : 200, { "content-length": file?.length ?? 0 });
    answer.end(file);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const at = `http://10.0.2.2:${(server.address() as AddressInfo).port}`;
  const guest = await bootedGuest({ options: { netd_wait: "30000" } });
  try {
    await logIn(guest);
    t.is(await command(guest, `run ${at}/app.exe`), "from elsewhere, 1 words\n");
    t.regex(
      await command(guest, `run ${at}/app.exe x`),
      /^from elsewhere, 2 words\ntrap: division by zero\n {2}at test\.sum \(test\.tape:5\)\n {2}at test\.main \(test\.tape:10\)\n/,
    );
    t.is(await command(guest, `run ${at}/asks.exe`), "from elsewhere, 1 words\n");
    t.regex(
      await command(guest, `run ${at}/greedy.exe`),
      /^greedy uses \/svc\/random: .*may not open/,
    );
    t.regex(await command(guest, `run ${at}/damaged.exe`), /^damaged: /);
    t.regex(await command(guest, `run ${at}/text.exe`), /^text: /);
    t.regex(await command(guest, `run ${at}/large.exe`), /more than 1048576 bytes/);
    t.regex(await command(guest, `run ${at}/none.exe`), /none\.exe: 404/);
    t.is(await command(guest, "run hello"), "hello from a process of its own\n");
    t.regex(await command(guest, "ps"), /netd +running/);
  } finally {
    await guest.close();
    server.close();
  }
});
