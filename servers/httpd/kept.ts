// What httpd hands over to new code: its port, and each connection with the request that is being heard or answered.
import {
  array,
  bool,
  bytes,
  oneof,
  optional,
  string,
  struct,
  time,
  u32,
  type Values,
} from "../../sdk/contract/field.ts";
import { state } from "../../sdk/hot/state.ts";
import { savedListener, savedStream } from "../../sdk/net/saved-stream.ts";

/** A connection between two of its waits (conversation.ts). */
export const savedTalk = {
  stream: struct(savedStream),
  phase: oneof("hear", "tell", "skip", "leave"),
  inbox: bytes,
  requests: u32,
  /** of the phase */
  deadline: time,
  /** bytes that the phase still takes: of a body, or of last words */
  left: u32,
  /** what of a file is still to be written */
  file: optional(struct({ path: string, digest: string, at: u32, end: u32 })),
  keepAlive: bool,
  /** bytes of the body behind the request that is being answered */
  body: u32,
};

export type SavedTalk = Values<typeof savedTalk>;

export const kept = state({
  version: 1,
  schema: { listener: optional(struct(savedListener)), talks: array(struct(savedTalk)) },
  initial: { talks: [] },
});
