// One editable line with history, for terminals that understand carriage return, `ESC [K` and `ESC [nC`.
// Invariant: the line has at most LINE_LIMIT code points; what goes beyond is refused with one bell and Enter reports it.

import type { Key } from "./keys.ts";

/** Code points that a line can hold; a longer one is refused as a whole when it is entered. */
export const LINE_LIMIT = 4096;
/** Lines that are remembered. */
export const HISTORY_LIMIT = 100;

/** Why the editor gave the line back. */
export type Outcome =
  | { readonly kind: "line"; readonly text: string }
  | { readonly kind: "too-long"; readonly points: number }
  | { readonly kind: "interrupt" }
  | { readonly kind: "end" };

/** An editor; `output` collects what the terminal must be sent and is emptied by the owner. */
export interface LineEditor {
  prompt: string;
  columns: number;
  /** Visible text, one string per code point. */
  cells: string[];
  cursor: number;
  /** First cell shown, when the line is wider than the terminal. */
  first: number;
  refused: number;
  history: string[];
  /** Position in the history; equal to its length while the new line is edited. */
  recalled: number;
  draft: string;
  output: string;
  dirty: boolean;
}

/** An editor for a terminal of `columns` columns (at least 20). */
export function lineEditor(columns: number): LineEditor {
  return {
    prompt: "",
    columns: Math.max(columns, 20),
    cells: [],
    cursor: 0,
    first: 0,
    refused: 0,
    history: [],
    recalled: 0,
    draft: "",
    output: "",
    dirty: false,
  };
}

/** Starts a new line behind `prompt`. */
export function editorBegin(editor: LineEditor, prompt: string): void {
  editor.prompt = prompt;
  clear(editor);
  editor.output += prompt;
}

function clear(editor: LineEditor): void {
  editor.cells = [];
  editor.cursor = 0;
  editor.first = 0;
  editor.refused = 0;
  editor.recalled = editor.history.length;
  editor.draft = "";
  editor.dirty = false;
}

/** Adds a line to the history; empty lines and immediate repetitions are not kept. */
export function editorRemember(editor: LineEditor, text: string): void {
  if (text === "" || editor.history[editor.history.length - 1] === text) return;
  editor.history.push(text);
  if (editor.history.length > HISTORY_LIMIT) editor.history.shift();
}

/** Columns for text behind the prompt; one is left for the cursor at the end. */
function room(editor: LineEditor): number {
  return Math.max(editor.columns - editor.prompt.length - 1, 8);
}

/** Brings the terminal in line with the state; to be called once after a batch of keys. */
export function editorRefresh(editor: LineEditor): void {
  if (!editor.dirty) return;
  editor.dirty = false;
  const width = room(editor);
  if (editor.cursor < editor.first) editor.first = editor.cursor;
  if (editor.cursor > editor.first + width) editor.first = editor.cursor - width;
  const shown = editor.cells.slice(editor.first, editor.first + width).join("");
  const column = editor.prompt.length + editor.cursor - editor.first;
  editor.output += "\r" + editor.prompt + shown + "\x1b[K\r";
  if (column > 0) editor.output += "\x1b[" + column + "C";
}

/** Takes a printable code point. */
export function editorInsert(editor: LineEditor, point: number): void {
  if (editor.cells.length >= LINE_LIMIT) {
    if (editor.refused === 0) editor.output += "\x07";
    editor.refused += 1;
    return;
  }
  const text = String.fromCodePoint(point);
  const atEnd = editor.cursor === editor.cells.length;
  if (atEnd) editor.cells.push(text);
  else editor.cells.splice(editor.cursor, 0, text);
  editor.cursor += 1;
  if (atEnd && !editor.dirty && editor.cursor - editor.first < room(editor)) editor.output += text;
  else editor.dirty = true;
}

function remove(editor: LineEditor, from: number, to: number): void {
  if (from >= to) return;
  editor.cells.splice(from, to - from);
  editor.cursor = from;
  editor.dirty = true;
}

function wordStart(editor: LineEditor): number {
  let at = editor.cursor;
  while (at > 0 && editor.cells[at - 1] === " ") at -= 1;
  while (at > 0 && editor.cells[at - 1] !== " ") at -= 1;
  return at;
}

function wordEnd(editor: LineEditor): number {
  let at = editor.cursor;
  while (at < editor.cells.length && editor.cells[at] === " ") at += 1;
  while (at < editor.cells.length && editor.cells[at] !== " ") at += 1;
  return at;
}

function move(editor: LineEditor, to: number): void {
  if (to < 0 || to > editor.cells.length || to === editor.cursor) return;
  editor.cursor = to;
  editor.dirty = true;
}

function recall(editor: LineEditor, position: number): void {
  if (position < 0 || position > editor.history.length) return;
  if (editor.recalled === editor.history.length) editor.draft = editor.cells.join("");
  editor.recalled = position;
  const text = position === editor.history.length ? editor.draft : editor.history[position];
  editor.cells = Array.from(text ?? "");
  editor.cursor = editor.cells.length;
  editor.first = 0;
  editor.dirty = true;
}

/** Takes a key. Returns an outcome when the line is finished; the editor then waits for `editorBegin`. */
export function editorKey(editor: LineEditor, key: Key): Outcome | undefined {
  switch (key) {
    case "enter":
      return finish(editor);
    case "interrupt":
      editor.output += "^C\r\n";
      clear(editor);
      return { kind: "interrupt" };
    case "end-of-input":
      if (editor.cells.length === 0 && editor.refused === 0) return { kind: "end" };
      remove(editor, editor.cursor, Math.min(editor.cursor + 1, editor.cells.length));
      return undefined;
    case "backspace":
      if (editor.cursor > 0) remove(editor, editor.cursor - 1, editor.cursor);
      return undefined;
    case "delete":
      remove(editor, editor.cursor, Math.min(editor.cursor + 1, editor.cells.length));
      return undefined;
    case "kill-line":
      editor.refused = 0;
      remove(editor, 0, editor.cells.length);
      return undefined;
    case "kill-end":
      remove(editor, editor.cursor, editor.cells.length);
      return undefined;
    case "kill-word":
      remove(editor, wordStart(editor), editor.cursor);
      return undefined;
    case "redraw":
      editor.output += "\x1b[H\x1b[2J";
      editor.dirty = true;
      return undefined;
    case "up":
      recall(editor, editor.recalled - 1);
      return undefined;
    case "down":
      recall(editor, editor.recalled + 1);
      return undefined;
    default:
      move(editor, target(editor, key));
      return undefined;
  }
}

function target(editor: LineEditor, key: Key): number {
  if (key === "left") return editor.cursor - 1;
  if (key === "right") return editor.cursor + 1;
  if (key === "home") return 0;
  if (key === "end") return editor.cells.length;
  return key === "word-left" ? wordStart(editor) : wordEnd(editor);
}

function finish(editor: LineEditor): Outcome {
  editorRefresh(editor);
  const refused = editor.refused;
  const points = editor.cells.length + refused;
  const text = editor.cells.join("");
  clear(editor);
  editor.output += "\r\n";
  return refused > 0 ? { kind: "too-long", points } : { kind: "line", text };
}
