/**
 * Machine code as text, for people and golden tests: functions by name, places by number, source lines as comments.
 *
 * The bytes are read back by the decoder, so the dump shows what will run, not what was meant.
 */
import { traps } from "../bytecode/op-table.ts";
import type { Code } from "../bytecode/program.ts";
import { decode, textOf } from "../x86-64/decode.ts";
import type { NativeModule } from "./module.ts";

/** Functions of a module whose names `wanted` accepts. */
export function asmText(
  code: Code,
  module: NativeModule,
  wanted: (name: string) => boolean = () => true,
): string {
  const names = new Map(module.fns.map((at, i) => [at, code.fns[i].name]));
  const sorted = module.fns.filter((at) => at >= 0).sort((a, b) => a - b);
  let out = "";
  sorted.forEach((at, i) => {
    const name = names.get(at) ?? "";
    if (!wanted(name)) return;
    const end = sorted[i + 1] ?? endOf(module, at);
    out += `${out === "" ? "" : "\n"}${name}:\n${bodyText(module, at, end, names)}`;
  });
  return out;
}

/** Where the last function ends: at the next code of no function, or at the end of the bytes. */
function endOf(module: NativeModule, at: number): number {
  const { lines } = module;
  for (let i = 0; i < lines.length; i += 3) if (lines[i] > at && lines[i + 1] < 0) return lines[i];
  return module.codeEnd;
}

function bodyText(
  module: NativeModule,
  from: number,
  to: number,
  names: ReadonlyMap<number, string>,
): string {
  const labels = new Map<number, string>();
  const list: { at: number; text: string; target: number }[] = [];
  for (let at = from; at < to; ) {
    const d = decode(module.bytes, at);
    // Padding and jump tables follow the last instruction.
    if (d === undefined) break;
    list.push({ at, text: textOf(d), target: d.target });
    if (d.target >= from && d.target < to && !names.has(d.target)) labels.set(d.target, "");
    at += d.size;
  }
  [...labels.keys()]
    .sort((a, b) => a - b)
    .forEach((at, i) => {
      labels.set(at, `.${i + 1}`);
    });
  const { lines } = module;
  let k = 0;
  let shown = 0;
  let out = "";
  for (const { at, text, target } of list) {
    while (3 * (k + 1) < lines.length && lines[3 * (k + 1)] <= at) k++;
    const line = lines[3 * k + 2];
    const label = labels.get(at);
    if (label !== undefined) out += `${label}:\n`;
    const name = targetName(module, target, labels, names);
    const shownText = name === undefined ? text : text.replace(/ .*/, ` ${name}`);
    const kind = kindAfter(module, at + 5);
    const note =
      name === "trap" && kind !== undefined ? traps[kind] : line === shown ? "" : `${line}`;
    out += `        ${note === "" ? shownText : `${shownText.padEnd(40)} ; ${note}`}\n`;
    shown = line;
  }
  return out;
}

function targetName(
  module: NativeModule,
  target: number,
  labels: ReadonlyMap<number, string>,
  names: ReadonlyMap<number, string>,
): string | undefined {
  if (target < 0) return undefined;
  if (target === module.fault) return "trap";
  return labels.get(target) ?? names.get(target) ?? "support";
}

function kindAfter(module: NativeModule, at: number): number | undefined {
  for (let i = 0; i < module.traps.length; i += 2)
    if (module.traps[i] === at) return module.traps[i + 1];
  return undefined;
}
