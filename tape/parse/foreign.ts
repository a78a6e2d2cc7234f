/** Advice for tokens of other languages, by their text. */
export const foreign: ReadonlyMap<string, string> = new Map([
  ["?", "there is no `?:`; write `select(c, a, b)`, or `if` and `else`"],
  ["<", "there are no type parameters; a `@tape fn` makes a type or function for each use"],
  ["and", "write `&&`"],
  ["or", "`or` handles errors and null; between conditions write `||`"],
  ["not", "write `!`"],
  ["then", "a block follows the condition: `if (...) { ... }`"],
  ["do", "a block follows the condition: `while (...) { ... }`"],
]);
