// The user's terminal as the system's serial line. Invariant: the terminal is in its old mode
// again however the process ends.
import type { ReadStream } from "node:tty";

/** Ctrl-A, then X leaves; Ctrl-A twice sends one. */
const prefix = 1;

/**
 * Connects standard input to the serial line.
 * @param send takes what the user typed
 * @param leave is called when the user asks to leave
 * @param leaveOn another byte that asks for it, such as 3 for Ctrl-C
 * @returns a function that gives the terminal back
 */
export function attachTerminal(
  send: (bytes: Uint8Array) => void,
  leave: () => void,
  leaveOn?: number,
): () => void {
  const input = process.stdin;
  const terminal = input.isTTY ? (input as ReadStream) : undefined;
  const restore = () => {
    terminal?.setRawMode(false);
    input.pause();
  };
  terminal?.setRawMode(true);
  process.once("exit", restore);
  let prefixed = false;
  input.on("data", (chunk: Buffer) => {
    if (terminal === undefined)
      return send(Buffer.from(chunk.toString("latin1").replaceAll("\n", "\r"), "latin1"));
    const plain: number[] = [];
    for (const byte of chunk) {
      if (byte === leaveOn) return leave();
      if (prefixed) {
        prefixed = false;
        if (byte === 0x78 || byte === 0x58) return leave();
        if (byte === prefix) plain.push(byte);
      } else if (byte === prefix) prefixed = true;
      else plain.push(byte);
    }
    if (plain.length > 0) send(Uint8Array.from(plain));
  });
  return restore;
}
