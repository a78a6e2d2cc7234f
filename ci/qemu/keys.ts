// Text as key presses on a US keyboard, in QEMU's key codes (qapi/ui.json, QKeyCode).

const named: Record<string, string> = {
  "\n": "ret",
  "\t": "tab",
  "\b": "backspace",
  "\x1b": "esc",
  " ": "spc",
  "-": "minus",
  "=": "equal",
  "[": "bracket_left",
  "]": "bracket_right",
  ";": "semicolon",
  "'": "apostrophe",
  "`": "grave_accent",
  "\\": "backslash",
  ",": "comma",
  ".": "dot",
  "/": "slash",
};

/** Characters that need shift, and the character on the same key without it. */
const shifted: Record<string, string> = {
  "!": "1",
  "@": "2",
  "#": "3",
  $: "4",
  "%": "5",
  "^": "6",
  "&": "7",
  "*": "8",
  "(": "9",
  ")": "0",
  _: "-",
  "+": "=",
  "{": "[",
  "}": "]",
  ":": ";",
  '"': "'",
  "~": "`",
  "|": "\\",
  "<": ",",
  ">": ".",
  "?": "/",
};

/**
 * The keys to hold down together for one character.
 * @throws Error for a character that is on no key
 */
export function keysFor(character: string): string[] {
  if (/[A-Z]/.test(character)) return ["shift", character.toLowerCase()];
  if (/[a-z0-9]/.test(character)) return [character];
  const plain = shifted[character];
  if (plain !== undefined) return ["shift", ...keysFor(plain)];
  const key = named[character];
  if (key === undefined) throw new Error(`no key of a US keyboard types "${character}"`);
  return [key];
}
