// What a native process says to its loader; `tape/std/uusi.tape` is the other side and writes these messages by hand.
import { call, contract } from "../../sdk/contract/contract.ts";
import { bool, bytes, i32, u8, u16 } from "../../sdk/contract/field.ts";

export const NativeProcess = contract("native-process", 1, {
  /** Output: 1 for the output, 2 for errors. The answer comes when there is room for more. */
  write: call({ to: u8, text: bytes }, {}),
  /** Input: at most `most` bytes, none at its end. */
  read: call({ most: u16 }, { text: bytes }),
  /** The end of `main`, or a trap with the text of `@trap`; the process ends itself when it has the answer. */
  ended: call({ trapped: bool, code: i32, text: bytes }, {}),
});
