/** Not here yet. */
export function lspCommand(): number {
  process.stderr.write("tape: this command is not built yet\n");
  return 2;
}
