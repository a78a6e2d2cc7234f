// The code keeper: the only process that can make memory executable.
// Invariant: it runs nothing, keeps nothing, and reaches nothing but what it was handed: the privilege and the boot image's table.
import { protections, rights } from "../../sdk/abi/table.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import { accept } from "../../sdk/hot/accept.ts";
import { Memory } from "../../sdk/runtime/memory.ts";
import { run } from "../../sdk/runtime/run.ts";
import { serve } from "../../sdk/runtime/serve.ts";
import { log, ready } from "../../sdk/runtime/supervisor.ts";
import { Code } from "./contract.ts";
import { executableDigests } from "./image-digests.ts";
import { sealCode } from "./seal.ts";

function tableOf(handle: number): Uint8Array {
  const view = new Memory(handle, true).map(protections.READ);
  if (view instanceof Failure) throw new Error(`the boot image's table: ${view.sentence}`);
  const bytes = new Uint8Array(view.length);
  view.copyOut(0, bytes, 0, bytes.length);
  view.close();
  return bytes;
}

// All that it knows it reads at its start; what it has sealed is in the hands of who asked.
accept();

run(({ grants, options }) => {
  const privilege = grants["executable-memory"] ?? 0;
  const known = executableDigests(tableOf(grants["image-table"] ?? 0));
  const development = options["development"] === "1";
  const told = (who: string, what: string) => log(`${who}: ${what}`, "warning");
  serve("/svc/code", Code, {
    seal: ({ memory, size }, peer) =>
      sealCode(privilege, memory, size, (digest) => {
        if (known.includes(digest)) return "";
        told(peer.name, `code ${digest.slice(0, 16)} is not the image's: refused`);
        return "the boot image does not name this code; put it into the image, or compile it in a process that may use /svc/jit";
      }),
  });
  serve("/svc/jit", Code, {
    seal: ({ memory, size }, peer) => {
      if (!development) {
        new Memory(memory).close();
        told(peer.name, "code of its own, on an image that is not for development: refused");
        return refuse(
          failures.REFUSED,
          "only a development image runs code compiled in the system",
        );
      }
      // init gives pushed kernels to each process of their server, as it does with those of the image
      const more = peer.name === "init" ? rights.DUPLICATE : 0;
      return sealCode(privilege, memory, size, () => "", more);
    },
  });
  ready();
});
