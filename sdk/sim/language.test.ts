// Both engines of LeivOS speak the language that Node speaks, as far as servers use it.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createContext, runInContext } from "node:vm";
import test from "ava";
import { buildSystem } from "../cli/build/build-system.ts";
import { standardVariant } from "../cli/build/step.ts";
import { compilerPath } from "../cli/steps/compiler.ts";
import { Engine } from "./engine.ts";
import { absent, knownFaults, probeScript, probes } from "./language-probes.ts";

const script = probeScript();
const total = Object.keys({ ...probes, ...knownFaults }).length + absent.length;

const lines = (all: string[]) => new Map(all.map((l) => [l.slice(0, l.indexOf(": ")), l] as const));

async function onNode() {
  const out: string[] = [];
  const context = createContext({ print: (line: string) => out.push(line) });
  runInContext(script, context);
  await new Promise((resolve) => setImmediate(resolve));
  return lines(out);
}

async function onSimulatedEngine() {
  const out: string[] = [];
  const engine = await Engine.create({ memory: 16 << 20, stack: 256 << 10 });
  engine.define("print", (a) => void out.push(a.text(0)));
  const error = engine.evaluate(script, "probes.js") ?? engine.runJobs();
  if (error !== undefined) throw new Error(`${error.message} ${error.stack}`);
  return lines(out);
}

async function onNucleusEngine() {
  await buildSystem(standardVariant, (line) => void process.stderr.write(`${line}\n`), false);
  const folder = mkdtempSync(join(tmpdir(), "leivos-probes-"));
  try {
    const file = join(folder, "probes.js");
    writeFileSync(file, script);
    const text = execFileSync(compilerPath, ["--run", file], { encoding: "utf8" });
    return lines(text.trimEnd().split("\n"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test("the simulated nucleus's engine", async (t) => {
  const reference = await onNode();
  const engine = await onSimulatedEngine();
  t.is(engine.size, total);
  for (const name of Object.keys(probes)) t.is(engine.get(name), reference.get(name));
  for (const name of absent) t.is(engine.get(`absent ${name}`), `absent ${name}: true`);
  for (const name of Object.keys(knownFaults)) {
    t.not(engine.get(name), reference.get(name), `${name} is right now: move it to the probes`);
  }
});

test("the nucleus's engine", async (t) => {
  const reference = await onNode();
  const engine = await onNucleusEngine();
  t.is(engine.size, total);
  for (const name of Object.keys({ ...probes, ...knownFaults })) {
    t.is(engine.get(name), reference.get(name));
  }
  for (const name of absent) t.is(engine.get(`absent ${name}`), `absent ${name}: true`);
});
