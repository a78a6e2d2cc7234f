// The console: a session on the serial line, and one on the screen where there is one.
import type { ClientOf } from "../../sdk/contract/client.ts";
import { stayConnected } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { Accounts } from "../init/contract.ts";
import { login } from "./login.ts";
import { bootLog } from "./boot-log.ts";
import { screenLine } from "./screen-line.ts";
import { serialLine } from "./serial-line.ts";
import { type SessionHost, session } from "./session.ts";

const HOSTNAME = "leivos";

run((start) => {
  const throttle = { wrong: 0 };
  const accounts = accountsOfInit();
  const host = (line: Pick<SessionHost, "columns" | "write" | "room">): SessionHost => ({
    hostname: HOSTNAME,
    columns: line.columns,
    write: (text) => line.write(text),
    room: () => line.room(),
    login: async (account, password) => login(await accounts(), throttle, account, password),
  });
  const line = serialLine(
    start.grants["device:serial/ports"] ?? 0,
    start.grants["device:serial/interrupt"] ?? 0,
  );
  if (typeof line === "string") log(line, "warning");
  else line.input = session(host(line)).input;
  const display = screenLine(
    start.grants["device:framebuffer/memory"] ?? 0,
    start.options["framebuffer"] ?? "",
    (why) => log(`keyboard: ${why}`, "warning"),
  );
  if (typeof display === "string") log(display);
  else {
    display.write(bootLog(start.grants["log-read"] ?? 0));
    display.input = session(host(display)).input;
  }
  ready();
});

/** The client of init's accounts; whoever asks before it is connected waits. */
function accountsOfInit(): () => Promise<ClientOf<typeof Accounts.methods>> {
  const waiting: ((client: ClientOf<typeof Accounts.methods>) => void)[] = [];
  let present: ClientOf<typeof Accounts.methods> | undefined;
  stayConnected(
    Accounts,
    "/svc/accounts",
    (client) => {
      present = client;
      for (const answer of waiting.splice(0)) answer(client);
    },
    (why) => log(why.sentence, "error"),
  );
  return () =>
    present === undefined
      ? new Promise((answer) => void waiting.push(answer))
      : Promise.resolve(present);
}
