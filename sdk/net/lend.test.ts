// A connection and a network are lent, travel, and are taken back: on the simulated nucleus, whose delegations do it.
import test from "ava";
import { freshSystem, SimGuest } from "../sim/testing/sim-guest.ts";
import { withServer } from "../sim/testing/with-server.ts";

const PROGRAM = `
  import { Failure } from "../../../sdk/contract/failure.ts";
  import { connectEnd, streamOf } from "../../../sdk/net/connect.ts";
  import { lend } from "../../../sdk/net/lend.ts";
  import { listen } from "../../../sdk/net/listen.ts";
  import { narrow } from "../../../sdk/net/narrow.ts";
  import { Network } from "../../../sdk/net/network.ts";
  import { openNetwork } from "../../../sdk/net/open-network.ts";
  import { ping } from "../../../sdk/net/ping.ts";
  import { Handle } from "../../../sdk/runtime/handle.ts";
  import { open } from "../../../sdk/runtime/open.ts";
  import { Net } from "../../../servers/netd/contract.ts";
  const must = (value) => {
    if (value instanceof Failure) throw new Error(value.sentence);
    return value;
  };
  const said = (value) => value instanceof Failure ? "failed " + value.code : value === undefined ? "done" : value.outcome ?? value.value?.length;
  const letters = (text) => Uint8Array.from(text, (each) => each.charCodeAt(0));
  run(async () => {
    ready();
    try {
      const net = must(await openNetwork());
      const listener = must(await listen(net, 7000));
      const end = must(await connectEnd(net, "127.0.0.1", 7000));
      const far = must(await listener.accept()).stream;

      const lent = must(lend(end.stream));
      // A copy that stays here, and the one that somebody uses.
      const copy = must(new Handle(lent.handle, true).duplicate());
      const user = streamOf(net, { ...end, stream: lent.handle });
      log("lent: " + said(await user.write(letters("one"))) + " " + said(await far.read()), "warning");
      await far.write(letters("answer"));
      log("heard: " + said(await user.read()), "warning");
      lent.revoke();
      const rights = new Handle(copy, true).rights();
      log("revoked: " + said(await user.write(letters("two"))) + ", rights of a copy " + rights, "warning");
      const again = streamOf(net, end);
      log("mine again: " + said(await again.write(letters("three"))) + " " + said(await far.read()), "warning");
      again.close();
      log("closed: " + (await far.read()).done, "warning");

      const part = must(await narrow(net, { connect: ["icmp:127.0.0.1"] }));
      const lentPart = must(lend(part));
      const small = new Network(open(Net, lentPart.handle), { open, after });
      log("network: " + said(await ping(small, "127.0.0.1")), "warning");
      lentPart.revoke();
      log("gone: " + said(await ping(small, "127.0.0.1")), "warning");
    } catch (error) {
      log(String(error), "warning");
    }
    log("ended", "warning");
  });`;

test("what was lent works until it is taken back; then every copy is dead, and the lender goes on", async (t) => {
  const image = await withServer(await freshSystem(), PROGRAM, {
    name: "lender",
    uses: ["/svc/net"],
    net: { connect: ["icmp:127.0.0.1", "tcp:127.0.0.1:7000"], listen: ["tcp:7000"] },
  });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(5e9);
  const log = (await guest.command("log lender")).replaceAll("\r", "");
  const lines = log.split("\n").filter((line) => line.startsWith("lender: "));
  t.deepEqual(
    lines.map((line) => line.slice("lender: ".length)),
    [
      "lent: done 3",
      "heard: 6",
      "revoked: failed -1, rights of a copy 0",
      "mine again: done 5",
      "closed: true",
      "network: reply",
      "gone: failed -1",
      "ended",
    ],
  );
});
