/** Where fields and types are used, for an editor's rename; symbols carry their own uses. */
import type { Checker } from "./checker.ts";
import type { Source } from "../source/position.ts";

export interface Use {
  readonly source: Source;
  readonly pos: number;
}

const uses = new WeakMap<object, Use[]>();

/** Notes a use of a field or of a declared type, for an editor. */
export function used(c: Checker, target: object, pos: number): void {
  if (c.world.uses !== true) return;
  const { source } = c;
  const list = uses.get(target);
  if (list === undefined) uses.set(target, [{ source, pos }]);
  else list.push({ source, pos });
}

export function usesOf(target: object): readonly Use[] {
  return uses.get(target) ?? [];
}
