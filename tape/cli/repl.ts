/** Not here yet. */
export function replCommand(): number {
  process.stderr.write("tape: this command is not built yet\n");
  return 2;
}
