// What tape hands over to new code for each client: its conversation, as the lines that are kept and what the world has answered to them.
// Invariant: values are not part of it: the next line makes them again of lines and answers, as each line does.
import { array, handle, optional, string, struct, type Values } from "../../sdk/contract/field.ts";
import { savedDoor } from "../../sdk/tape/saved-door.ts";

const savedConversation = {
  /** declarations, and statements in their order */
  top: array(string),
  done: array(string),
  /** journal-text.ts */
  journal: string,
};

export const savedPlace = {
  /** source that came for the next run */
  source: string,
  conversation: struct(savedConversation),
  /** the lent session */
  session: optional(handle("endpoint")),
  /** connections that lines have opened */
  net: struct(savedDoor),
};

export type SavedConversation = Values<typeof savedConversation>;
export type SavedPlace = Values<typeof savedPlace>;
