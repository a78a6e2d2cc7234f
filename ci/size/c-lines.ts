// Counts lines as the size limits do: neither blank nor only comment. Pure.

/** C without its comments; text in quotes stays. */
export function stripComments(code: string): string {
  const token = /"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\/\/[^\n]*|\/\*[\s\S]*?\*\//g;
  return code.replace(token, (found) => {
    if (found.startsWith("//")) return "";
    // A comment of several lines leaves its line breaks, so that code around it keeps its lines.
    return found.startsWith("/*") ? found.replace(/[^\n]/g, "") : found;
  });
}

/** Lines of C that count. */
export function countC(code: string): number {
  return countFilled(stripComments(code));
}

/** Lines of nasm that count: a comment begins with a semicolon outside of quotes. */
export function countAssembly(code: string): number {
  return countFilled(
    code.replace(/"[^"\n]*"|'[^'\n]*'|;[^\n]*/g, (found) => (found.startsWith(";") ? "" : found)),
  );
}

const countFilled = (text: string) => text.split("\n").filter((line) => line.trim() !== "").length;
