/**
 * The module graph: finds, reads and parses what a program imports; no cycles; every module hashed.
 *
 * Files come through `Reader`, so that the graph works over a disk, an image or a test's table. Search order of
 * a bare name: beside the importing file, the `-I` folders in order, the standard library.
 */
import type { Module } from "../check/symbol.ts";
import type { KeptModules } from "./kept.ts";
import type { File } from "../parse/ast.ts";
import { parseFile, parseFileSteps } from "../parse/file.ts";
import type { Report } from "../source/diagnostic.ts";
import { Source } from "../source/position.ts";
import { hex, sha256 } from "../source/sha256.ts";
import type { Steps } from "../source/steps.ts";
import { bytesOf, decodeUtf8, toByteString } from "../source/utf8.ts";

/** Where text comes from. Paths use `/`. */
export interface Reader {
  /** Bytes of a file, or undefined where there is none. */
  file(path: string): Uint8Array | undefined;
  /** Source of a library module by its name, or undefined. */
  library(name: string): string | undefined;
  /** Folders of `-I`, in order. */
  readonly folders: readonly string[];
  /** Files that stand for modules by name (`--substitute`), in programs but not within the library. */
  readonly substitutes?: ReadonlyMap<string, string>;
  /** Library modules of earlier programs, to be taken as they are, and added to. */
  readonly kept?: KeptModules;
}

/** Names under which a library module may be imported beside its own. */
const aliases: Readonly<Record<string, string>> = { str: "string" };

/** What compiled code calls: heap, strings and text; dynamic values; operations on them. */
const runTime: readonly string[] = ["rt", "rt_dyn", "rt_ops"];

const isRunTime = (key: string): boolean => runTime.some((each) => key === `std:${each}`);

/** The run-time modules of a program. */
export function runTimeOf(modules: readonly Module[]): readonly Module[] {
  return runTime.map((name) => {
    const found = modules.find(({ key }) => key === `std:${name}`);
    if (found === undefined) throw new Error(`the run-time module ${name} is missing`);
    return found;
  });
}

/**
 * Loads a program; modules come in order of import, the root last. Undefined when the root cannot be read. `also` names
 * library modules that the program is to have though it does not import them.
 */
export function loadProgram(
  rootPath: string,
  reader: Reader,
  report: Report,
  also: readonly string[] = [],
): Module[] | undefined {
  const loader = new Loader(reader, report);
  for (const name of also) loader.load(name, "library", undefined);
  const root = loader.load(rootPath, "file", undefined);
  return root === undefined ? undefined : loader.order;
}

/** Loads a root whose text is given, such as a REPL's or an editor's. */
export function loadText(
  path: string,
  text: string,
  reader: Reader,
  report: Report,
  also: readonly string[] = [],
): Module[] | undefined {
  return loadProgram(path, withText(path, text, reader), report, also);
}

/** The same in steps, which are the root's: a module of the library is loaded in one. */
export function* loadTextSteps(
  path: string,
  text: string,
  reader: Reader,
  report: Report,
): Steps<Module[] | undefined> {
  const loader = new Loader(withText(path, text, reader), report);
  const source = loader.read(path, "file", undefined);
  if (source === undefined) return undefined;
  loader.parsed = yield* parseFileSteps(source, report);
  loader.load(path, "file", undefined);
  return loader.order;
}

const withText = (path: string, text: string, reader: Reader): Reader => ({
  file: (p) => (p === path ? bytesOf(toByteString(text)) : reader.file(p)),
  library: (n) => reader.library(n),
  folders: reader.folders,
  substitutes: reader.substitutes,
  kept: reader.kept,
});

interface Asked {
  readonly source: Source;
  readonly pos: number;
  readonly end: number;
}

class Loader {
  readonly reader: Reader;
  readonly report: Report;
  readonly done = new Map<string, Module | undefined>();
  readonly order: Module[] = [];
  readonly under: string[] = [];
  /** The root, where it was read and parsed before. */
  parsed: File | undefined;

  constructor(reader: Reader, report: Report) {
    this.reader = reader;
    this.report = report;
  }

  error(at: Asked | undefined, path: string, code: string, message: string, help?: string): void {
    const source = at?.source ?? new Source(path, "");
    this.report.add({
      code,
      source,
      pos: at?.pos ?? 0,
      end: at?.end ?? 1,
      message,
      ...(help === undefined ? {} : { help }),
    });
  }

  load(path: string, how: "file" | "library", asked: Asked | undefined): Module | undefined {
    const key = how === "library" ? `std:${path}` : path;
    if (this.done.has(key)) return this.done.get(key);
    if (this.under.includes(key)) {
      const round = [...this.under.slice(this.under.indexOf(key)), key].join("` imports `");
      this.error(
        asked,
        path,
        "T0309",
        `modules import each other: \`${round}\``,
        "move what both need into a third module",
      );
      return undefined;
    }
    if (this.under.length > 100) {
      this.error(asked, path, "T0309", "imports nest more than 100 deep");
      return undefined;
    }
    const kept = this.reader.kept?.modules.get(key);
    if (kept !== undefined) return this.take(kept);
    const source = this.under.length === 0 ? this.parsed?.source : undefined;
    const found = source ?? this.read(path, how, asked);
    if (found === undefined) {
      this.done.set(key, undefined);
      return undefined;
    }
    this.under.push(key);
    const module = this.parse(found, key, how, path);
    this.under.pop();
    this.done.set(key, module);
    this.order.push(module);
    if (how === "library") this.reader.kept?.modules.set(key, module);
    return module;
  }

  /** A module that is there already, behind all that it imports. */
  take(module: Module): Module {
    if (this.done.has(module.key)) return module;
    this.done.set(module.key, module);
    for (const each of module.imports) if (each !== undefined) this.take(each);
    if (!isRunTime(module.key)) this.load(runTime[runTime.length - 1], "library", undefined);
    this.order.push(module);
    return module;
  }

  read(path: string, how: "file" | "library", asked: Asked | undefined): Source | undefined {
    if (how === "library") {
      const text = this.reader.library(path);
      return text === undefined ? undefined : new Source(`std/${path}.tape`, text);
    }
    const bytes = this.reader.file(path);
    if (bytes === undefined) {
      this.error(asked, path, "T0310", `there is no file \`${path}\``, "check the path");
      return undefined;
    }
    if (bytes.length > 16 << 20) {
      this.error(asked, path, "T0310", "a source file has at most 16 MiB");
      return undefined;
    }
    const { text, bad } = decodeUtf8(bytes);
    const source = new Source(path, text);
    if (bad >= 0) {
      this.report.add({
        code: "T0108",
        source,
        pos: text.length,
        end: text.length + 1,
        help: "save the file as UTF-8",
        message: `byte ${bad} (0x${bytes[bad].toString(16).padStart(2, "0")}) is not UTF-8`,
      });
    }
    return source;
  }

  parse(source: Source, key: string, how: "file" | "library", path: string): Module {
    const file = this.parsed?.source === source ? this.parsed : parseFile(source, this.report);
    const imports: (Module | undefined)[] = [];
    for (const item of file.imports) {
      const asked = { source, pos: item.pathAt, end: item.pathAt + item.path.length + 2 };
      imports.push(this.resolve(item.path, path, how, asked));
    }
    // The run-time modules serve every program: they are loaded first; the last of them imports the others.
    if (!isRunTime(key)) this.load(runTime[runTime.length - 1], "library", undefined);
    let hash: string | undefined;
    const digest = () => [source.text, ...imports.map((m) => m?.hash ?? "")].join("\n");
    const name = (path.split("/").pop() as string).replace(/\.tape$/, "");
    return {
      key,
      name,
      source,
      file,
      profile: file.profile ?? "t2",
      values: new Map(),
      types: new Map(),
      typePub: new Set(),
      attrs: new Set(),
      fns: [],
      globals: [],
      tests: [],
      imports: imports as Module[],
      // Made when it is asked for: hashing takes as long as parsing where code is interpreted.
      get hash(): string {
        hash ??= hex(sha256(bytesOf(toByteString(digest()))));
        return hash;
      },
    };
  }

  resolve(name: string, from: string, how: "file" | "library", asked: Asked): Module | undefined {
    if (name.startsWith("./") || name.startsWith("../")) {
      if (how === "library") return this.load(name.replace(/^\.\/|\.tape$/g, ""), "library", asked);
      return this.load(join(from, name), "file", asked);
    }
    if (how === "file") {
      const other = this.reader.substitutes?.get(name);
      // The substitute itself may import what it stands for.
      if (other !== undefined && other !== from) return this.load(other, "file", asked);
      const near = join(from, `./${name}.tape`);
      if (!/^[a-z0-9_]+$/i.test(name) || this.reader.file(near) === undefined) {
        for (const folder of this.reader.folders) {
          const path = `${folder}/${name}.tape`;
          if (this.reader.file(path) !== undefined) return this.load(path, "file", asked);
        }
      } else if (near !== from) return this.load(near, "file", asked);
    }
    const found = this.load(aliases[name] ?? name, "library", asked);
    if (found === undefined && !this.under.includes(`std:${aliases[name] ?? name}`)) {
      const help = name.endsWith(".tape")
        ? `a path starts with \`./\`: \`"./${name}"\``
        : "library modules are io, string, dyn, math, mem, vec, list, map, set, time, json, os, fs, net";
      this.error(asked, name, "T0310", `there is no module \`${name}\``, help);
    }
    return found;
  }
}

/** `name` relative to the folder of `from`, without `.` and `..`. */
function join(from: string, name: string): string {
  const parts = from.split("/").slice(0, -1);
  for (const part of name.split("/")) {
    if (part === "..") {
      if (parts.length > 0 && parts[parts.length - 1] !== "..") parts.pop();
      else parts.push("..");
    } else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}
