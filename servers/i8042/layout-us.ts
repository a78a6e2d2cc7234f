// The US keyboard layout: from key changes to what a terminal would send.
// Invariant: modifiers follow the keys that are down; a release never produces text.
import type { KeyChange } from "./scan-code.ts";

/** Which modifiers are down or locked. */
export interface Modifiers {
  shift: number;
  control: number;
  alt: number;
  capsLock: boolean;
  numLock: boolean;
}

/** None. */
export function modifiers(): Modifiers {
  return { shift: 0, control: 0, alt: 0, capsLock: false, numLock: true };
}

// Position in these strings = set 1 code; a blank at a place without text.
const plain = "\0\x1b1234567890-=\x7f\tqwertyuiop[]\r\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 ";
const shifted = '\0\x1b!@#$%^&*()_+\x7f\tQWERTYUIOP{}\r\0ASDFGHJKL:"~\0|ZXCVBNM<>?\0*\0 ';
const keypad = "789-456+1230.";
const KEYPAD = 0x47;

const LEFT_SHIFT = 0x2a;
const RIGHT_SHIFT = 0x36;
const CONTROL = 0x1d;
const ALT = 0x38;
const CAPS_LOCK = 0x3a;
const NUM_LOCK = 0x45;

/** Keys without text, as the escape sequences of an ECMA-48 terminal; keypad codes without Num Lock are the same keys. */
const sequences: { readonly [code: number]: string | undefined } = {
  71: "\x1b[H", // home
  72: "\x1b[A", // up
  73: "\x1b[5~", // page up
  75: "\x1b[D", // left
  77: "\x1b[C", // right
  79: "\x1b[F", // end
  80: "\x1b[B", // down
  81: "\x1b[6~", // page down
  82: "\x1b[2~", // insert
  83: "\x1b[3~", // delete
};

function bit(mask: number, which: number, down: boolean): number {
  return down ? mask | which : mask & ~which;
}

/** Follows the modifier keys; true when the change was one. */
function follow(state: Modifiers, code: number, down: boolean): boolean {
  switch (code) {
    case LEFT_SHIFT:
      state.shift = bit(state.shift, 1, down);
      return true;
    case RIGHT_SHIFT:
      state.shift = bit(state.shift, 2, down);
      return true;
    case CONTROL:
      state.control = bit(state.control, 1, down);
      return true;
    case CONTROL + 0x80:
      state.control = bit(state.control, 2, down);
      return true;
    case ALT:
      state.alt = bit(state.alt, 1, down);
      return true;
    case ALT + 0x80:
      state.alt = bit(state.alt, 2, down);
      return true;
    case CAPS_LOCK:
      if (down) state.capsLock = !state.capsLock;
      return true;
    case NUM_LOCK:
      if (down) state.numLock = !state.numLock;
      return true;
    default:
      return false;
  }
}

/** What the key sends, "" for nothing. */
export function keyText(state: Modifiers, change: KeyChange): string {
  const { code, down } = change;
  if (follow(state, code, down) || !down) return "";
  if (code >= 0x80) return extendedText(state, code - 0x80);
  if (code >= KEYPAD && code < KEYPAD + keypad.length) {
    const sign = keypad[code - KEYPAD] as string;
    if (sign === "-" || sign === "+" || state.numLock) return sign;
    return sequences[code] ?? "";
  }
  let text = (state.shift !== 0 ? shifted : plain)[code];
  if (text === undefined || text === "\0") return "";
  if (state.capsLock && /^[a-zA-Z]$/.test(text))
    text = state.shift !== 0 ? text.toLowerCase() : text.toUpperCase();
  if (state.control !== 0) text = controlText(text);
  return state.alt !== 0 && text !== "" ? "\x1b" + text : text;
}

function extendedText(state: Modifiers, code: number): string {
  if (code === 0x1c) return "\r";
  if (code === 0x35) return "/";
  const text = sequences[code] ?? "";
  if (state.control !== 0 && (code === 75 || code === 77)) return text.replace("[", "[1;5");
  return text;
}

function controlText(text: string): string {
  const point = text.toUpperCase().charCodeAt(0);
  if (point >= 0x40 && point < 0x60) return String.fromCharCode(point & 31);
  return text === " " ? "\0" : point === 0x7f || text === "\r" || text === "\t" ? text : "";
}
