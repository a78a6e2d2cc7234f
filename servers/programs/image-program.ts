// A program of the image, read from its file: what it is, and the pages to map.
// Invariant: file and image are the same bytes, so a page of the file is a page of the process.
import { limits, protections } from "../../sdk/abi/table.ts";
import { Failure, failures } from "../../sdk/contract/failure.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { processorHas } from "../../sdk/runtime/processor.ts";
import { startValues } from "../../sdk/runtime/run.ts";
import { featureNames } from "../../tape/native/processor.ts";
import { type Executable, readExecutable } from "../../tape/pe/read.ts";

const PREFIX = "program/";
/** The system's part, which is no program. */
const SYSTEM = "system";

/** A program's file, read. */
export interface Program {
  readonly exe: Executable;
  /** its pages; rights to map and execute. Of the image: borrowed */
  readonly memory: Memory;
  readonly bytes: number;
}

/** Reads a program's file; it has no memory to run from yet. */
export function readProgram(file: Uint8Array, name: string): Program | Failure {
  const read = readExecutable(file);
  if (!read.ok) return new Failure(failures.INVALID, `${name}: ${read.reason}`);
  const lacks = featureNames(read.exe.features & ~processorHas());
  if (lacks !== "")
    return new Failure(failures.INVALID, `${name}: it is for a processor with ${lacks}`);
  return { exe: read.exe, memory: new Memory(0), bytes: file.length };
}

/** Names of the image's programs, sorted. */
export function programNames(): string[] {
  const names: string[] = [];
  for (const grant of Object.keys(startValues().grants))
    if (grant.startsWith(PREFIX) && grant !== PREFIX + SYSTEM)
      names.push(grant.slice(PREFIX.length));
  return names.sort();
}

/** Reads one. */
export function imageProgram(name: string): Program | Failure {
  const number = startValues().grants[PREFIX + name];
  if (number === undefined)
    return new Failure(failures.NOT_FOUND, `the image has no program ${name}; \`run\` lists them`);
  const memory = new Memory(number, true);
  const view = memory.map(protections.READ);
  if (view instanceof Failure) return view;
  const file = new Uint8Array(view.length);
  view.copyOut(0, file, 0, file.length);
  view.close();
  const read = readProgram(file, name);
  if (read instanceof Failure) return read;
  const apart = read.exe.mappings.find(
    (each) => each.bytes.length > 0 && each.bytes.byteOffset !== each.address,
  );
  if (apart !== undefined || file.length % limits.PAGE_BYTES !== 0)
    return new Failure(failures.INVALID, `${name}: its file is not laid out as its image`);
  return { ...read, memory };
}

/** The system's part of every native process. */
export const systemPart = () => imageProgram(SYSTEM);

/** Names that a program's manifest uses; a manifest that cannot be read is a failure. */
export function usesOf({ exe }: Program, name: string): readonly string[] | Failure {
  if (exe.manifest === "") return [];
  const bad = new Failure(
    failures.INVALID,
    `${name}: its manifest is no {"uses": [NAMES]}; build it again`,
  );
  try {
    const { uses = [] } = JSON.parse(exe.manifest) as { uses?: unknown };
    const fine = Array.isArray(uses) && uses.every((each) => typeof each === "string");
    return fine ? (uses as string[]) : bad;
  } catch {
    return bad;
  }
}
