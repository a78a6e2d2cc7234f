// The README's map of folders gets a row for a new folder, in its place. Pure.

const row = /^\| `([^`]+\/)` *\| .*\|$/;

/** The text with a row for `folder` (with its slash), in the order of names; unchanged when there is one, or no map at all. */
export function withFolder(readme: string, folder: string, sentence: string): string {
  const lines = readme.split("\n");
  const top = folder.slice(0, folder.indexOf("/") + 1);
  const rows = lines.flatMap((line, at) => {
    const name = row.exec(line)?.[1];
    return name?.startsWith(top) ? [{ at, name }] : [];
  });
  if (rows.length === 0 || rows.some(({ name }) => name === folder)) return readme;
  const before = rows.filter(({ name }) => name < folder).at(-1) ?? rows[0]!;
  lines.splice(before.at + 1, 0, `| ${`\`${folder}\``.padEnd(21)} | ${sentence.padEnd(90)} |`);
  return lines.join("\n");
}
