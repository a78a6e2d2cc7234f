// The connections of a program as state of the server that runs it (sdk/hot), by their ids.
import { array, bytes, optional, string, struct, type Values } from "../contract/field.ts";
import { savedListener, savedStream } from "../net/saved-stream.ts";

/** What `NetDoor.save` gives. */
export const savedDoor = {
  /** one for each id; an id that is free has neither */
  things: array(
    struct({
      stream: optional(struct(savedStream)),
      listener: optional(struct(savedListener)),
      /** what a read had more than there was room for */
      rest: optional(bytes),
    }),
  ),
  why: string,
  text: string,
};

export type SavedDoor = Values<typeof savedDoor>;
