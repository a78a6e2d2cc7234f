// A manifest's `net` in a whole system: init gives the rules with the channel, netd holds them, and the audit names the missing line.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";

const system = await freshSystem();

/** Tries what it may and what it may not, four times each. */
const PROGRAM = `
  import { Failure } from "../../../sdk/contract/failure.ts";
  import { connect } from "../../../sdk/net/connect.ts";
  import { listen } from "../../../sdk/net/listen.ts";
  import { openNetwork } from "../../../sdk/net/open-network.ts";
  import { ping } from "../../../sdk/net/ping.ts";
  const told = (what, got) => log(what + ": " + (got instanceof Failure ? got.code + " " + got.sentence : "done"));
  run(async () => {
    ready();
    const net = await openNetwork();
    for (let i = 0; i < 4; i++) {
      told("allowed", await ping(net, "127.0.0.1"));
      told("port", await listen(net, 8080));
      told("other port", await listen(net, 8081));
      told("connect", await connect(net, "127.0.0.1", 80));
    }
    told("page", await connect(net, "127.0.0.1", 8080));
    log("ended");
  });`;

test("allowed is what the manifest says; the rest is refused, logged once, and in the audit", async (t) => {
  const image = await withServer(system, PROGRAM, {
    name: "crawler",
    uses: ["/svc/net"],
    net: { connect: ["icmp:127.0.0.0/8", "tcp:127.0.0.1:8080"], listen: ["tcp:8080"] },
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(3e9);
  const log = (await guest.command("log")).replaceAll("\r", "");
  t.regex(log, /crawler: ended/);
  const place = "servers/crawler/manifest.ts";
  const refused = (what: string, rule: string, list: string) =>
    `crawler may not ${what} ${rule}: add a rule such as "${rule}" to \`${list}\` in ${place}`;
  const port = refused("listen at", "tcp:8081", "net.listen");
  const page = refused("connect to", "tcp:127.0.0.1:80", "net.connect");
  t.is(log.split("crawler: allowed: done").length, 5);
  t.is(log.split(`crawler: other port: 4 ${port}`).length, 5);
  t.is(log.split(`crawler: connect: 4 ${page}`).length, 5);
  t.true(log.includes("crawler: page: done"));
  for (const sentence of [port, page])
    t.is(
      log.split("\n").filter((line) => /^netd: refused/.test(line) && line.includes(sentence))
        .length,
      1,
    );
  const caps = await guest.command("caps crawler");
  t.regex(caps, /^net {5}listen tcp:8080/m);
  t.regex(caps, /^refused .*tcp:8081 \(4 times\)/m);
});
