// Parses a command's flags from a table. Invariant: what is not in the table is refused with the
// nearest name that is.
import { Failure } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** One flag: without `value` it is a switch. */
export interface Flag {
  /** placeholder of its value in the help, such as `N` */
  value?: string;
  /** whether it may be given more than once */
  many?: boolean;
  help: string;
}

export type FlagTable = Readonly<Record<string, Flag>>;

/** What was given: switches as true, values as text. */
export interface Given {
  switches: Set<string>;
  values: Map<string, string[]>;
  rest: string[];
}

/**
 * Parses arguments.
 * @param command its name, for messages
 * @throws Failure exit code 2
 */
export function parseFlags(command: string, table: FlagTable, args: readonly string[]): Given {
  const given: Given = { switches: new Set(), values: new Map(), rest: [] };
  for (let i = 0; i < args.length; i++) {
    const argument = args[i]!;
    if (!argument.startsWith("--") || argument === "--") {
      given.rest.push(argument);
      continue;
    }
    const equals = argument.indexOf("=");
    const name = argument.slice(2, equals < 0 ? undefined : equals);
    const flag = Object.hasOwn(table, name) ? table[name] : undefined;
    if (flag === undefined) throw new Failure(unknownFlag(command, table, name), 2);
    if (flag.value === undefined) {
      if (equals >= 0) throw new Failure(`uusi ${command}: --${name} takes no value`, 2);
      given.switches.add(name);
      continue;
    }
    const value = equals < 0 ? args[++i] : argument.slice(equals + 1);
    if (value === undefined || value === "") {
      throw new Failure(`uusi ${command}: --${name} needs a value: --${name} ${flag.value}`, 2);
    }
    const earlier = given.values.get(name) ?? [];
    if (earlier.length > 0 && !flag.many) {
      throw new Failure(`uusi ${command}: --${name} is given twice; keep one of them`, 2);
    }
    given.values.set(name, [...earlier, value]);
  }
  return given;
}

/** The value of a flag that is given at most once. */
export function firstOf(given: Given, name: string): string | undefined {
  return given.values.get(name)?.[0];
}

/** One of a few words. @throws Failure exit code 2 */
export function wordOf<Word extends string>(
  given: Given,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const value = firstOf(given, name);
  if (value === undefined || words.includes(value as Word)) return value as Word | undefined;
  throw new Failure(`--${name} ${value} is not known; use one of: ${words.join(", ")}`, 2);
}

/** A whole number in a range. @throws Failure exit code 2 */
export function numberOf(given: Given, name: string, least: number, most: number) {
  const value = firstOf(given, name);
  if (value === undefined) return undefined;
  const number = Number(value);
  if (/^\d+$/.test(value) && number >= least && number <= most) return number;
  throw new Failure(`--${name} ${value} is not a whole number from ${least} to ${most}`, 2);
}

/** The help text of a table. */
export function flagHelp(table: FlagTable): string {
  const rows = Object.entries(table).map(
    ([name, { value, help }]) => [`--${name}${value ? ` ${value}` : ""}`, help] as const,
  );
  const width = Math.max(0, ...rows.map(([left]) => left.length));
  return rows.map(([left, help]) => `  ${left.padEnd(width)}  ${help}\n`).join("");
}

function unknownFlag(command: string, table: FlagTable, name: string): string {
  const near = nearest(name, Object.keys(table));
  const cure = near ? `did you mean --${near}?` : `see: npx uusi ${command} --help`;
  return `uusi ${command}: there is no flag --${name}; ${cure}`;
}
