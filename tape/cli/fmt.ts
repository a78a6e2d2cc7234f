/** Not here yet. */
export function fmtCommand(): number {
  process.stderr.write("tape: this command is not built yet\n");
  return 2;
}
