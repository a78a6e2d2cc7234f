// The boot image: nucleus, engine, bundles and configuration in one file.
// Invariant: besides init's it holds the bundles and kernels that the configuration names, and no others.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { objectKinds, writeBootImage } from "../../image/boot-image.ts";
import { executableObjects } from "../../image/executable-objects.ts";
import { readArchive } from "../../image/file-archive.ts";
import { machineCode } from "../../image/script-code.ts";
import { symbolTable } from "../../image/symbol-table.ts";
import { warmObjects } from "../../image/warm-engine.ts";
import type { Step, Variant } from "../build/step.ts";
import { configurationPath } from "./configuration.ts";
import { enginePath, warmPaths } from "./engine.ts";
import { filesFolder, filesPath } from "./files.ts";
import { kernelObject, kernelPath, kernels } from "./kernels.ts";
import { nucleusPath } from "./nucleus.ts";
import { programNames, programPath } from "./programs.ts";
import { bytecodePath, serverNames } from "./servers.ts";

/** Where the boot image ends up. */
export const bootImagePath = (variant: Variant) => join(variant.out, "boot.img");

const MOST_NAME = 39;

/** The object with the machine code of `PATH.tb` in `files/SERVER`: `script/SERVER/PATH.text`, or a digest of that where it is too long. */
export function scriptObject(files: string, path: string): string {
  const whole = `script/${files.replace("files/", "")}/${path.replace(/\.tb$/, "")}.text`;
  if (whole.length <= MOST_NAME) return whole;
  return `script/${createHash("sha256").update(whole).digest("hex").slice(0, 24)}.text`;
}

/** The machine code of the scripts among a server's files, so that the image names it: the code keeper makes it executable then. */
const scriptObjects = (files: string, archive: Uint8Array) =>
  readArchive(archive).flatMap(({ path, bytes }) => {
    const code = path.endsWith(".tb") ? machineCode(bytes) : undefined;
    return code === undefined
      ? []
      : [{ name: scriptObject(files, path), kind: objectKinds.kernel, bytes: code }];
  });

/** The boot image's step. */
export function bootImageSteps(variant: Variant): Step[] {
  const names = serverNames().filter((name) => !variant.without.includes(name));
  const nucleus = nucleusPath(variant);
  const engine = enginePath;
  const configuration = configurationPath(variant);
  const output = bootImagePath(variant);
  const programs = names.includes("programs") ? programNames() : [];
  const withFiles = names.filter((name) => filesFolder(variant, name) !== undefined);
  return [
    {
      name: "boot image",
      inputs: [
        nucleus,
        engine,
        ...Object.values(warmPaths),
        configuration,
        ...names.map((name) => bytecodePath(name)),
        ...withFiles.map((name) => filesPath(variant, name)),
        ...programs.map((name) => programPath(name)),
        ...[...kernels().keys()].map((name) => kernelPath(name)),
        "sdk/image/boot-image.ts",
        "sdk/image/executable-objects.ts",
        "sdk/image/script-code.ts",
        "sdk/image/symbol-table.ts",
        "sdk/image/warm-engine.ts",
        "sdk/image/elf.ts",
      ],
      outputs: [output],
      action: () => {
        const linked = readFileSync(nucleus);
        const linkedEngine = executableObjects(readFileSync(engine), "engine");
        const { servers } = JSON.parse(readFileSync(configuration, "utf8")) as {
          servers: { name: string; manifest: { kernels?: string[] } }[];
        };
        const chosen = names.filter(
          (name) => name === "init" || servers.some((each) => each.name === name),
        );
        const bundles = chosen.map((name) => ({
          name: `bundle/${name}`,
          kind: objectKinds.bundle,
          bytes: readFileSync(bytecodePath(name)),
        }));
        const files = withFiles
          .filter((name) => chosen.includes(name))
          .map((name) => ({
            name: `files/${name}`,
            kind: objectKinds.files,
            bytes: readFileSync(filesPath(variant, name)),
          }));
        const scripts = files.flatMap(({ bytes, name }) => scriptObjects(name, bytes));
        const wanted = new Set(servers.flatMap(({ manifest }) => manifest.kernels ?? []));
        const code = [...wanted].sort().map((name) => ({
          name: kernelObject(name),
          kind: objectKinds.kernel,
          bytes: readFileSync(kernelPath(name)),
        }));
        const image = writeBootImage([
          ...executableObjects(linked, "nucleus"),
          ...linkedEngine,
          ...warmObjects(
            linkedEngine.find(({ name }) => name === "engine.data")!,
            readFileSync(warmPaths.data),
            readFileSync(warmPaths.heap),
          ),
          symbolTable(linked),
          ...bundles,
          ...files,
          ...scripts,
          ...programs.map((name) => ({
            name: `program/${name}`,
            kind: objectKinds.program,
            bytes: readFileSync(programPath(name)),
          })),
          ...code,
          { name: "config", kind: objectKinds.config, bytes: readFileSync(configuration) },
        ]);
        writeFileSync(output, image);
      },
    },
  ];
}
