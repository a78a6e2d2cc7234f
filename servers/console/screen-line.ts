// The screen and keyboard as a terminal: a screen model painted at the end of the turn, keys from the keyboard's server.
// Invariant: a turn paints a bounded part of the framebuffer, however much was written; the rest follows in the next turns.
import type { Client } from "../../sdk/contract/client.ts";
import { Failure } from "../../sdk/contract/failure.ts";
import { uusi } from "../../sdk/runtime/binding.ts";
import { stayConnected } from "../../sdk/runtime/connect.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { after } from "../../sdk/runtime/timers.ts";
import { Keyboard } from "../i8042/contract.ts";
import { cellsOf, paint, painter, parseGeometry } from "./painter.ts";
import { screen, screenWrite } from "./screen.ts";
import type { SerialLine } from "./serial-line.ts";

/** Opens the screen, or says why there is none. `geometry` is the option that init gave. */
export function screenLine(
  memoryHandle: number,
  geometryText: string,
  trouble: (why: string) => void,
): SerialLine | string {
  if (memoryHandle === 0) return "no screen";
  const pixels = new Memory(memoryHandle).mapForKernels();
  if (pixels instanceof Failure) return `the screen's memory: ${pixels.sentence}`;
  const geometry = parseGeometry(geometryText, pixels.length);
  if (geometry === undefined) return `the screen's geometry is not usable: ${geometryText}`;
  const { columns, rows } = cellsOf(geometry);
  const cells = screen(columns, rows);
  const to = painter(pixels, geometry);
  let planned = false;
  const show = () => {
    planned = !paint(to, cells);
    if (planned) after(0, show);
  };
  const line: SerialLine = {
    columns,
    input: () => {},
    write: (text) => {
      screenWrite(cells, text);
      if (planned) return;
      planned = true;
      after(0, show);
    },
    room: () => Promise.resolve(),
    unsent: () => new Uint8Array(0),
  };
  stayConnected(
    Keyboard,
    "/dev/keyboard",
    (keyboard: Client<typeof Keyboard>) => {
      keyboard.on.typed(({ text }) => {
        const bytes = new Uint8Array(text.length * 3);
        line.input(bytes, uusi.encode(text, bytes, 0));
      });
      void keyboard.listen({});
    },
    (why) => trouble(why.sentence),
  );
  return line;
}
