// The present values of a state out of those that were found, which may be of another version.
import { fieldsText } from "../contract/schema-text.ts";
import type { Declared } from "./declared.ts";
import type { StateImage } from "./image.ts";
import { packFields, type Parts, unpackFields } from "./pack.ts";

/** Throws a sentence when there is no way from one to the other. */
export function migrate(
  each: Declared,
  found: StateImage,
  parts: Parts,
): { [name: string]: unknown } {
  const { version, schema, name } = each;
  const title = name === "state" ? "the state" : `state \`${name}\``;
  if (found.version === version) {
    if (fieldsText(schema) !== found.schema)
      throw new Error(
        `${title} is version ${version} in both codes but differs (${difference(found.schema, fieldsText(schema))}); raise its version and write a migration`,
      );
    return unpackFields(schema, found.values, parts, title);
  }
  const migration = each.migrate?.[found.version];
  if (migration === undefined)
    throw new Error(
      `${title} is version ${found.version}, this code has version ${version} and no migration from ${found.version}`,
    );
  if (fieldsText(migration.schema) !== found.schema)
    throw new Error(
      `the migration of ${title} from version ${found.version} has another schema than the running code (${difference(found.schema, fieldsText(migration.schema))})`,
    );
  const old = unpackFields(migration.schema, found.values, parts, title);
  const data = migration.make(old as never) as { [name: string]: unknown };
  packFields(schema, data, []);
  return data;
}

/** The first field that differs, as it was and as it is. */
function difference(before: string, after: string): string {
  let at = 0;
  while (before[at] === after[at]) at++;
  const begins = before.lastIndexOf(",", at - 1) + 1;
  const field = (text: string) => text.slice(begins).split(",")[0] || "nothing";
  return `${field(before)} was, ${field(after)} is`;
}
