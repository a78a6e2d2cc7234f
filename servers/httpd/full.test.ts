// All places are taken by connections that say nothing: who asks is answered within seconds all the same.
import test from "ava";
import { pushingHost } from "../../sdk/sim/testing/pushing-host.ts";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const imports = `
import { connect as connectTcp } from "../../../sdk/net/connect.ts";
import { openNetwork } from "../../../sdk/net/open-network.ts";
import { latin1Bytes } from "../../../sdk/net/http/head.ts";
`;

const body = `
  const must = <T>(value: T | Failure): T => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const network = must(await openNetwork());
  const dial = async () => must(await connectTcp(network, "127.0.0.1", 80));
  const silent = [];
  for (let number = 0; number < 36; number++) silent.push(await dial());
  for (let round = 0; round < 3; round++) {
    const begun = now();
    const stream = await dial();
    await stream.write(latin1Bytes("GET / HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n\\r\\n"));
    const part = must(await stream.read({ timeout: 60e9 }));
    say("answer " + (part.done ? 0 : part.value.length) + " after " + Math.round((now() - begun) / 1e6));
    stream.close();
  }
  say("kept " + silent.length);
`;

test("36 connections that say nothing keep nobody out for long", async (t) => {
  t.timeout(600_000);
  const image = await withServer(await freshSystem(), pushingHost("httpd", {}, body, imports), {
    name: "host",
    uses: ["/svc/session", "/svc/net"],
    may: ["see", "manage", "log"],
    net: { connect: ["tcp:127.0.0.1:80"] },
    budget: 64 << 20,
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(60e9);
  const log = await guest.command("log host");
  const answers = [...log.matchAll(/host: answer (\d+) after (\d+)/g)];
  t.is(answers.length, 3, log);
  t.log(log);
  for (const [, bytes, span] of answers) {
    t.true(Number(bytes) > 100);
    // Without room it was 20 s, on virtual time.
    t.true(Number(span) < 8000, span);
  }
});
