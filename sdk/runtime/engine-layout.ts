// Where QuickJS-NG's structures have what a stack is found by: the engine says it itself, in the first words of its constants
// (sdk/runtime/engine/seeded.c). Invariant: a table that is none is undefined, so that nobody reads with another engine's numbers.

/** The words in their order, u16 each. */
const words = [
  "magic",
  "version",
  /** bytes before the characters of an atom; its first u32 is length | wide << 31 */
  "stringHeader",
  // offsets in JSRuntime
  "currentFrame",
  "atomArray",
  "atomSize",
  // in JSStackFrame
  "previousFrame",
  "function",
  "pc",
  // in JSObject
  "classId",
  "properties",
  "bytecode",
  // in JSFunctionBytecode
  "code",
  "codeLength",
  "name",
  "line",
  "linesLength",
  "lines",
  // classes of functions that have bytecode
  "bytecodeFunction",
  "generatorFunction",
  "asyncFunction",
  "asyncGeneratorFunction",
  /** tag of a string value, its low half */
  "stringTag",
  // the line table's short form: first byte, how many lines it can step, by how many lines it can step back
  "linesFirst",
  "linesRange",
  "linesBase",
] as const;

export type EngineLayout = { readonly [word in (typeof words)[number]]: number };

const MAGIC = 0x6c61;
/** Bytes of the table. */
export const LAYOUT_BYTES = 2 * words.length;

/** Reads the table from the begin of the engine's constants. */
export function readEngineLayout(bytes: Uint8Array): EngineLayout | undefined {
  if (bytes.length < LAYOUT_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, LAYOUT_BYTES);
  const layout: { [word: string]: number } = {};
  words.forEach((word, place) => {
    layout[word] = view.getUint16(2 * place, true);
  });
  if (layout["magic"] !== MAGIC) return undefined;
  return layout["linesRange"] === 0 ? undefined : (layout as EngineLayout);
}
