// Splits a line of commands into words: blanks separate, quotes of both kinds and a backslash keep.
// Invariant: the result is words or one sentence that says what to type instead.

/** Words of a line; a string when the line is not well formed. */
export function splitWords(line: string): string[] | string {
  const words: string[] = [];
  let word: string | undefined;
  let quote = "";
  for (let index = 0; index < line.length; index += 1) {
    const letter = line[index] as string;
    if (quote !== "") {
      if (letter === quote) quote = "";
      else word += letter;
    } else if (letter === '"' || letter === "'") {
      quote = letter;
      word ??= "";
    } else if (letter === "\\") {
      if (index + 1 === line.length)
        return "the line ends with a backslash; type what it should keep";
      index += 1;
      word = (word ?? "") + line[index];
    } else if (letter === " " || letter === "\t") {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? "") + letter;
  }
  if (quote !== "") return `a quote is open; end it with ${quote}`;
  if (word !== undefined) words.push(word);
  return words;
}
