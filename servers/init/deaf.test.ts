// A server that has closed the channel on which it hears of new clients, as it does when a message on it breaks the contract, and runs on.
import test from "ava";
import { freshSystem, SimGuest } from "../../sdk/sim/testing/sim-guest.ts";
import { withServer } from "../../sdk/sim/testing/with-server.ts";
import { Random } from "../random/contract.ts";

const system = await freshSystem();

/** Its first process closes that channel after a second. */
const SERVER = `
  import { closeHandle } from "../../../sdk/runtime/handle.ts";
  import { serve } from "../../../sdk/runtime/serve.ts";
  import { startValues } from "../../../sdk/runtime/run.ts";
  import { Random } from "../../../servers/random/contract.ts";
  run(() => {
    serve("/svc/deaf", Random, { bytes: ({ count }) => ({ bytes: new Uint8Array(count) }) });
    ready();
    after(1e9, () => closeHandle(startValues().grants["serve:/svc/deaf"]));
  });`;

const ASKER = `
  import { connect } from "../../../sdk/runtime/connect.ts";
  import { Random } from "../../../servers/random/contract.ts";
  run(() => {
    ready();
    after(2e9, async () => {
      const reply = await (await connect(Random, "/svc/deaf")).bytes({ count: 3 });
      log("deaf gave " + (reply.sentence ?? reply.bytes.length));
    });
  });`;

test("it is ended, and who waits for its name gets the next process", async (t) => {
  let image = await withServer(system, SERVER, { name: "deaf", serves: { "/svc/deaf": Random } });
  image = await withServer(image, ASKER, { name: "asker", uses: ["/svc/deaf"] });
  const guest = await SimGuest.boot(image);
  await guest.login();
  await guest.pass(2.5e9);
  t.regex(await guest.command("log asker"), /deaf gave 3\r?\n/);
  const log = await guest.command("log deaf");
  t.regex(log, /deaf: .*closed the channel on which it hears of clients of \/svc\/deaf/);
  t.is(log.match(/closed the channel/g)?.length, 1, log);
});
