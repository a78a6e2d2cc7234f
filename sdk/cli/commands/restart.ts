// `uusi restart`: starts a server afresh.
import { managingCommand } from "../channel/command.ts";

export const command = managingCommand(
  "restart",
  "ends a server, forgets its history and starts it again",
  "restart",
  "is started again",
  { record: { help: "records its runs from then on, for `uusi replay` (docs/replay.md)" } },
);
