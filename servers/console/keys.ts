// Turns the code points of a terminal into keys: text, control keys and the escape sequences of ECMA-48 terminals.
// Invariant: whatever arrives, at most MAXIMUM code points are held back; an unknown sequence is swallowed whole.

/** What the line editor reacts to. */
export type Key =
  | "enter"
  | "backspace"
  | "delete"
  | "left"
  | "right"
  | "home"
  | "end"
  | "up"
  | "down"
  | "word-left"
  | "word-right"
  | "kill-line"
  | "kill-end"
  | "kill-word"
  | "redraw"
  | "interrupt"
  | "end-of-input";

/** Longest escape sequence that is followed, in code points. */
const MAXIMUM = 24;
/** Longest control string (titles and the like): it ends at ESC, BEL or here. */
const MAXIMUM_STRING = 256;

const GROUND = 0;
const ESCAPE = 1;
const CONTROL = 2;
const SINGLE_SHIFT = 3;
const STRING = 4;

/** State of one input stream. */
export interface KeyReader {
  state: number;
  parameters: string;
  length: number;
  lastWasReturn: boolean;
}

/** A reader at the start of a stream. */
export function keyReader(): KeyReader {
  return { state: GROUND, parameters: "", length: 0, lastWasReturn: false };
}

const controls: readonly (Key | undefined)[] = [
  undefined, // NUL
  "home", // ^A
  "left", // ^B
  "interrupt", // ^C
  "end-of-input", // ^D
  "end", // ^E
  "right", // ^F
  undefined,
  "backspace", // ^H
  undefined, // tab: no completion yet
  "enter", // ^J
  "kill-end", // ^K
  "redraw", // ^L
  "enter", // ^M
  "down", // ^N
  undefined,
  "up", // ^P
  undefined,
  undefined,
  undefined,
  undefined,
  "kill-line", // ^U
  undefined,
  "kill-word", // ^W
];

const finals: { readonly [final: string]: Key | undefined } = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  H: "home",
  F: "end",
};

const tildes: { readonly [parameter: string]: Key | undefined } = {
  "1": "home",
  "3": "delete",
  "4": "end",
  "7": "home",
  "8": "end",
};

function controlSequence(final: string, parameters: string): Key | undefined {
  if (final === "~") return tildes[parameters];
  if (parameters === "1;5" || parameters === "1;3") {
    if (final === "C") return "word-right";
    if (final === "D") return "word-left";
  }
  return finals[final];
}

/**
 * Takes one code point. Returns a key, the code point itself when it is text, or undefined when nothing is complete.
 * A line feed right after a carriage return belongs to the same Enter.
 */
export function keyTake(reader: KeyReader, point: number): Key | number | undefined {
  const afterReturn = reader.lastWasReturn;
  reader.lastWasReturn = point === 13;
  if (reader.state === GROUND) {
    if (point === 10 && afterReturn) return undefined;
    if (point === 27) {
      reader.state = ESCAPE;
      reader.parameters = "";
      reader.length = 0;
      return undefined;
    }
    if (point === 127) return "backspace";
    if (point < 32) return controls[point];
    if (point < 0xa0 && point > 126) return undefined; // C1 controls
    return point;
  }
  return inSequence(reader, point);
}

function inSequence(reader: KeyReader, point: number): Key | undefined {
  reader.length += 1;
  // Enter and ^C always get through, so that noise cannot swallow the keyboard.
  if (point === 13 || point === 10 || point === 3) {
    reader.state = GROUND;
    return controls[point];
  }
  if (point === 27) {
    reader.state = reader.state === STRING ? GROUND : ESCAPE;
    reader.parameters = "";
    return undefined;
  }
  const maximum = reader.state === STRING ? MAXIMUM_STRING : MAXIMUM;
  if (reader.length > maximum || point < 32 || point > 126) {
    reader.state = GROUND;
    return undefined;
  }
  const letter = String.fromCharCode(point);
  if (reader.state === ESCAPE) {
    if (letter === "[") reader.state = CONTROL;
    else if (letter === "O") reader.state = SINGLE_SHIFT;
    else if (letter === "]" || letter === "P" || letter === "_" || letter === "^")
      reader.state = STRING;
    else {
      reader.state = GROUND;
      if (letter === "b") return "word-left";
      if (letter === "f") return "word-right";
    }
    return undefined;
  }
  if (reader.state === STRING) return undefined;
  if (reader.state === SINGLE_SHIFT) {
    reader.state = GROUND;
    return finals[letter];
  }
  if (point >= 0x40) {
    reader.state = GROUND;
    return controlSequence(letter, reader.parameters);
  }
  reader.parameters += letter;
  return undefined;
}
