// A channel that was never open: stands in for a service until its first connection.
import type { Channel, Writer } from "../contract/channel.ts";
import { begin } from "./outbox.ts";

export const closedChannel: Channel = {
  receiver: undefined,
  closed: true,
  now: () => 0,
  later() {},
  log() {},
  begin(handles: number): Writer {
    return begin(handles);
  },
  send() {},
  call: () => -1,
  cancel() {},
  reply() {},
  drop() {},
  close() {},
};
