// Lines of the command between the output of a console that shares standard output with them.
// Invariant: a line of `say` is a line of its own, wherever the console's text stands at that moment.

/** Watches what goes to standard output from now on; returns the function that says lines. */
export function lineOutput(output: NodeJS.WriteStream = process.stdout): (line: string) => void {
  const write = output.write.bind(output) as (text: string | Uint8Array) => boolean;
  let begun = false;
  output.write = ((chunk: string | Uint8Array, ...rest: never[]) => {
    const last = chunk.at(-1);
    if (chunk.length > 0) begun = last !== "\n" && last !== 10;
    return (write as (...all: unknown[]) => boolean)(chunk, ...rest);
  }) as typeof output.write;
  return (line) => {
    // On a terminal the line takes the place of a prompt, which stands there again at the next key.
    const before = output.isTTY ? "\r\x1b[K" : begun ? "\n" : "";
    begun = false;
    write(`${before}${line}${output.isTTY ? "\r\n" : "\n"}`);
  };
}
