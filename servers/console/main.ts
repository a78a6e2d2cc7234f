// The console: a session on the serial line, and one on the screen where there is one.
import type { ClientOf } from "../../sdk/contract/client.ts";
import { dispose } from "../../sdk/hot/accept.ts";
import { stayConnected } from "../../sdk/runtime/connect.ts";
import { run } from "../../sdk/runtime/run.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { Accounts } from "../init/contract.ts";
import { kept } from "./kept.ts";
import { login, shellOver } from "./login.ts";
import { bootLog } from "./boot-log.ts";
import { screenLine } from "./screen-line.ts";
import { type SerialLine, serialLine } from "./serial-line.ts";
import { type Session, type SessionHost, session } from "./session.ts";

const HOSTNAME = "leivos";

type Terminal = (typeof kept.data.terminals)[number];

run((start) => {
  const throttle = { wrong: kept.data.wrong };
  const terminals: { name: Terminal["name"]; line: SerialLine; session: Session }[] = [];
  const before = (name: Terminal["name"]) => kept.data.terminals.find((each) => each.name === name);
  const accounts = accountsOfInit();
  const host = (
    line: Pick<SessionHost, "columns" | "write" | "room">,
    stands: boolean,
  ): SessionHost => ({
    hostname: HOSTNAME,
    columns: line.columns,
    write: (text) => line.write(text),
    room: () => line.room(),
    login: async (account, password) => login(await accounts(), throttle, account, password),
    resume: ({ account, session: number = 0, interpreter }) =>
      number === 0 ? undefined : shellOver(account, number, interpreter),
    stands,
  });
  const begin = (name: Terminal["name"], line: SerialLine) => {
    const made = session(host(line, name === "serial"), before(name)?.session);
    line.input = made.input;
    terminals.push({ name, line, session: made });
  };
  const line = serialLine(
    start.grants["device:serial/ports"] ?? 0,
    start.grants["device:serial/interrupt"] ?? 0,
    before("serial")?.unsent,
  );
  if (typeof line === "string") log(line, "warning");
  else begin("serial", line);
  const display = screenLine(
    start.grants["device:framebuffer/memory"] ?? 0,
    start.options["framebuffer"] ?? "",
    (why) => log(`keyboard: ${why}`, "warning"),
  );
  if (typeof display === "string") log(display);
  else {
    display.write(bootLog(start.grants["log-read"] ?? 0));
    begin("screen", display);
  }
  dispose(() => {
    kept.data = {
      wrong: throttle.wrong,
      terminals: terminals.map(({ name, line, session }) => ({
        name,
        unsent: line.unsent(),
        session: session.save(),
      })),
    };
  });
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
