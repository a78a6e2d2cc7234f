// The text screen as a model: rows of cells with colours, a cursor, and the control sequences that this system's programs use
// (ECMA-48 subset: CR LF BS HT, CSI A B C D E F G d H f J K m). Nothing here knows pixels.
// Invariant: the cursor is inside the screen; unknown sequences change nothing; a row is dirty when it differs from what was shown.

/** One row. A cell is a code point and an attribute: foreground in the low 4 bits, background in the high 4. */
export interface Row {
  points: Uint32Array;
  attributes: Uint8Array;
  dirty: boolean;
}

export interface Screen {
  readonly columns: number;
  readonly height: number;
  rows: Row[];
  row: number;
  column: number;
  /** The last column was filled: the next character goes to the next row first. */
  wrap: boolean;
  foreground: number;
  background: number;
  bold: boolean;
  inverse: boolean;
  /** 0 text, 1 after ESC, 2 in a CSI, 3 in a string. */
  state: number;
  parameters: string;
}

const FOREGROUND = 7;
const BACKGROUND = 0;
const MAXIMUM = 32;

function row(columns: number): Row {
  return {
    points: new Uint32Array(columns).fill(32),
    attributes: new Uint8Array(columns).fill(FOREGROUND),
    dirty: true,
  };
}

/** An empty screen of at least 1 × 1 cells. */
export function screen(columns: number, height: number): Screen {
  const rows: Row[] = [];
  for (let index = 0; index < height; index += 1) rows.push(row(columns));
  return {
    columns,
    height,
    rows,
    row: 0,
    column: 0,
    wrap: false,
    foreground: FOREGROUND,
    background: BACKGROUND,
    bold: false,
    inverse: false,
    state: 0,
    parameters: "",
  };
}

function attribute(at: Screen): number {
  const front = at.bold && at.foreground < 8 ? at.foreground + 8 : at.foreground;
  return at.inverse ? (front << 4) | at.background : (at.background << 4) | front;
}

function erase(at: Screen, index: number, from: number, to: number): void {
  const target = at.rows[index] as Row;
  target.points.fill(32, from, to);
  target.attributes.fill((at.background << 4) | FOREGROUND, from, to);
  target.dirty = true;
}

function lineFeed(at: Screen): void {
  if (at.row < at.height - 1) {
    at.row += 1;
    return;
  }
  at.rows.push(at.rows.shift() as Row);
  erase(at, at.height - 1, 0, at.columns);
  for (let index = 0; index < at.height; index += 1) (at.rows[index] as Row).dirty = true;
}

function put(at: Screen, point: number): void {
  if (at.wrap) {
    at.wrap = false;
    at.column = 0;
    lineFeed(at);
  }
  const target = at.rows[at.row] as Row;
  target.points[at.column] = point;
  target.attributes[at.column] = attribute(at);
  target.dirty = true;
  if (at.column === at.columns - 1) at.wrap = true;
  else at.column += 1;
}

/** Takes text, as a terminal would. */
export function screenWrite(at: Screen, text: string): void {
  for (let index = 0; index < text.length; index += 1) {
    const point = text.codePointAt(index) as number;
    if (point > 0xffff) index += 1;
    if (at.state !== 0) sequence(at, point);
    else if (point >= 32 && (point < 127 || point >= 0xa0)) put(at, point);
    else control(at, point);
  }
}

function control(at: Screen, point: number): void {
  if (point === 27) {
    at.state = 1;
    at.parameters = "";
  } else if (point === 13) {
    at.column = 0;
    at.wrap = false;
  } else if (point === 10) {
    lineFeed(at);
    at.wrap = false;
  } else if (point === 8) {
    if (at.column > 0) at.column -= 1;
    at.wrap = false;
  } else if (point === 9 && !at.wrap) {
    at.column = Math.min((at.column & ~7) + 8, at.columns - 1);
  }
}

function sequence(at: Screen, point: number): void {
  if (point === 27) {
    at.state = 1;
    at.parameters = "";
    return;
  }
  if (at.state === 1) {
    at.state = point === 0x5b ? 2 : point === 0x5d || point === 0x50 ? 3 : 0;
    return;
  }
  if (at.state === 3) {
    if (point === 7) at.state = 0;
    return;
  }
  if (point >= 0x40 && point < 0x7f) {
    at.state = 0;
    finish(at, String.fromCharCode(point));
  } else if (point >= 0x20 && point < 0x40 && at.parameters.length < MAXIMUM)
    at.parameters += String.fromCharCode(point);
  else if (point < 32) control(at, point);
}

const clamp = (value: number, most: number) => Math.max(0, Math.min(value, most));

function finish(at: Screen, final: string): void {
  if (!/^[0-9;]*$/.test(at.parameters)) return;
  const numbers = at.parameters.split(";").map((each) => Math.min(Number(each), 9999));
  const first = numbers[0] as number;
  const count = first === 0 ? 1 : first;
  if (final === "m") {
    for (const each of numbers) colour(at, each);
    return;
  }
  if (final === "J" || final === "K") {
    eraseRange(at, final, first);
    return;
  }
  const last = at.height - 1;
  const right = at.columns - 1;
  if (final === "A" || final === "F") at.row = clamp(at.row - count, last);
  else if (final === "B" || final === "E") at.row = clamp(at.row + count, last);
  else if (final === "C") at.column = clamp(at.column + count, right);
  else if (final === "D") at.column = clamp(at.column - count, right);
  else if (final === "G") at.column = clamp(count - 1, right);
  else if (final === "d") at.row = clamp(count - 1, last);
  else if (final === "H" || final === "f") {
    at.row = clamp(count - 1, last);
    at.column = clamp((numbers[1] || 1) - 1, right);
  } else return;
  if (final === "E" || final === "F") at.column = 0;
  at.wrap = false;
}

function eraseRange(at: Screen, final: string, what: number): void {
  if (what > 2) return;
  // A cursor behind the last column erases nothing to its right and stays there.
  const from = what !== 0 ? 0 : at.wrap ? at.columns : at.column;
  const to = what === 1 ? at.column + 1 : at.columns;
  erase(at, at.row, from, to);
  if (final === "K") return;
  if (what !== 0) for (let index = 0; index < at.row; index += 1) erase(at, index, 0, at.columns);
  if (what !== 1)
    for (let index = at.row + 1; index < at.height; index += 1) erase(at, index, 0, at.columns);
}

function colour(at: Screen, code: number): void {
  if (code === 0) {
    at.foreground = FOREGROUND;
    at.background = BACKGROUND;
    at.bold = false;
    at.inverse = false;
  } else if (code === 1) at.bold = true;
  else if (code === 22) at.bold = false;
  else if (code === 7) at.inverse = true;
  else if (code === 27) at.inverse = false;
  else if (code >= 30 && code <= 37) at.foreground = code - 30;
  else if (code === 39) at.foreground = FOREGROUND;
  else if (code >= 40 && code <= 47) at.background = code - 40;
  else if (code === 49) at.background = BACKGROUND;
  else if (code >= 90 && code <= 97) at.foreground = code - 82;
  else if (code >= 100 && code <= 107) at.background = code - 92;
}
