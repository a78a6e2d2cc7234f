// A lease that ends while a program uses it: the program is told, its connection ends with a reason, and the next lease is told as well.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { defaultLease } from "../../sdk/sim/wire/gateway.ts";
import { listenTcp } from "./tcp-operation.ts";
import { PEER, WirePeer } from "./testing/wire-peer.ts";

const PROGRAM = `
  import { Failure } from "../../../sdk/contract/failure.ts";
  import { connect } from "../../../sdk/net/connect.ts";
  import { openNetwork } from "../../../sdk/net/open-network.ts";
  const must = (value) => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  run(async () => {
    ready();
    const network = must(await openNetwork());
    let found;
    const bound = new Promise((resolve) => (found = resolve));
    network.net.on.lease(({ address }) => {
      log("lease: " + (address || "none"), "warning");
      if (address !== "") found();
    });
    await bound;
    const stream = must(await connect(network, "${PEER}", 8000));
    log("connected", "warning");
    const end = await stream.read();
    log("stream: " + end.sentence + " " + stream.outcome, "warning");
    const again = await connect(network, "${PEER}", 8000);
    log("again: " + again.sentence, "warning");
  });`;

test("expiry is told to every client, and ends what had the address", async (t) => {
  const image = await withServer(await freshSystem(), PROGRAM, {
    name: "tenant",
    uses: ["/svc/net"],
    net: { connect: [`tcp:${PEER}:8000`] },
  });
  const lease = { ...defaultLease, duration: 600 };
  const guest = await SimGuest.boot({ ...image, board: { lease } });
  const peer = new WirePeer(guest);
  listenTcp(peer.host.stack, peer.turn, 0, 8000, 4);
  await peer.pass(2000);
  const { gateway } = guest.machine.board;
  const answer = gateway!.dhcp.answer;
  gateway!.dhcp.answer = () => undefined;
  await guest.pass(650e9);
  gateway!.dhcp.answer = answer;
  await guest.pass(100e9);
  await guest.login();
  const log = (await guest.command("log tenant")).replaceAll("\r", "");
  const lines = log.split("\n").filter((line) => line.startsWith("tenant: "));
  t.deepEqual(lines.slice(0, 4), [
    "tenant: lease: none",
    "tenant: lease: 10.0.2.15",
    "tenant: connected",
    "tenant: lease: none",
  ]);
  t.regex(lines[4]!, /^tenant: stream: .*lost unreachable$/);
  t.regex(lines[5]!, /^tenant: again: .*address/);
  t.is(lines[6], "tenant: lease: 10.0.2.15");
});
