// `tape`: runs a script, or talks to the language line by line.
import { Failure } from "../../../sdk/contract/failure.ts";
import type { Command, Context } from "./command.ts";
import { follow, type Interpreter, openPlace } from "./interpreter.ts";

/** Lines until `:quit` or the end of the input. */
async function converse(tape: Interpreter, context: Context): Promise<Failure | undefined> {
  const { terminal } = context;
  terminal.print("Tape: an expression shows its value; :reset forgets, :quit or ^D leaves\n");
  let text = "";
  for (;;) {
    const line = await terminal.ask(text === "" ? "tape> " : "....> ");
    if (line === "interrupt") {
      text = "";
      continue;
    }
    if (line === "end") return undefined;
    const word = line.text.trim();
    if (text === "" && word === ":quit") return undefined;
    if (text === "" && word === ":reset") {
      const done = await tape.forget({});
      if (done instanceof Failure) return done;
      continue;
    }
    if (text === "" && word.startsWith(":")) {
      terminal.print(`there is no ${word}; there are :reset and :quit\n`);
      continue;
    }
    text += `${line.text}\n`;
    if (text.trim() === "") {
      text = "";
      continue;
    }
    const state = await follow(tape, context, "line", text.trimEnd());
    if (state instanceof Failure) return state;
    if (state !== "unfinished") text = "";
  }
}

/** A word as it is split off again. */
const quoted = (word: string) => (word === "" ? '""' : word.replace(/[\s"'\\]/g, "\\$&"));

export const tape: Command = {
  name: "tape",
  usage: "['SCRIPT' | FILE [WORD...]]",
  help: "runs a script, one of the image, or talks to Tape line by line",
  least: 0,
  most: Infinity,
  run: async (context, words) => {
    const place = await openPlace(context);
    if (place instanceof Failure) return place;
    const [first = ""] = words;
    const end =
      words.length === 0
        ? await converse(place, context)
        : /\.(tb|tape)$/.test(first)
          ? await follow(place, context, "line", `tape ${words.map(quoted).join(" ")}`)
          : await follow(place, context, "script", words.join(" "));
    place.close();
    return end instanceof Failure ? end : undefined;
  },
};
