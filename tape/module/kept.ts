/**
 * Library modules that stay between programs of one process: parsed, declared and resolved once, where each program would do it anew.
 *
 * Invariant: nothing that a program declares is reachable from a kept module; what checking finds out about one (signatures, types,
 * values of constants) is the same for every program. Editors keep none, since they ask where symbols are used.
 */
import type { Module } from "../check/symbol.ts";

export class KeptModules {
  /** By key, each with all that it imports. */
  readonly modules = new Map<string, Module>();
  /** Those whose names are declared, and those whose types are complete as well. */
  readonly declared = new WeakSet<Module>();
  readonly completed = new WeakSet<Module>();

  /** After a check that did not come to its end: what it left behind is not to be used. Programs under way go on with what they have. */
  forget(): void {
    this.modules.clear();
  }
}
