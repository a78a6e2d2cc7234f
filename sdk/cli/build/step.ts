// What one step of the build is: a record, so that every part of the system adds its own without
// touching the others. Paths are relative to the checkout's top folder.

/** A step that makes files from files. */
export interface Step {
  /** shown while it runs; unique */
  name: string;
  /** files it reads, sources and other steps' outputs; a step runs after all that make its inputs */
  inputs: readonly string[];
  /** files it makes, all under build/ */
  outputs: readonly string[];
  /** a program and its arguments, or a function of this process */
  action: readonly string[] | (() => Promise<void> | void);
  /** what else decides the result, such as a function's version or a setting */
  key?: string;
  /** a Make-style file in which the action lists further inputs (the compiler's -MMD) */
  dependencies?: string;
}

/** What distinguishes one build of the system from another. */
export interface Variant {
  /** folder of the outputs that differ between variants, relative to the top folder */
  out: string;
  /** traps on undefined behaviour in the C parts */
  checks: boolean;
  /** a C file that measures or breaks something: linked to the nucleus, it takes the calls of these functions (the linker's --wrap) */
  probe?: { readonly source: string; readonly wraps: readonly string[] };
  /** servers that are left out of the image */
  without: readonly string[];
  /** the folder that a server gets as its files in place of its own, by server */
  files?: Readonly<Record<string, string>>;
  /** whether the development accounts are part of the image */
  development: boolean;
}

/** Folder of what is the same in every variant: engine, bytecode compiler, bundles. */
export const sharedOut = "build/out";

/** The everyday build. */
export const standardVariant: Variant = {
  out: sharedOut,
  checks: false,
  without: [],
  development: true,
};
