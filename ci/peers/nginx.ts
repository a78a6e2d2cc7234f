// nginx (BSD-2-Clause) on the Linux side.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { LinuxNet } from "./linux-net.ts";
import { unpackedProgram } from "./unpacked.ts";

/** The program, or undefined where it can't be had. */
export function findNginx(): string | undefined {
  return unpackedProgram("nginx", "usr/sbin/nginx", ["nginx"])?.path;
}

/** Serves files of the network's folder at port 80, until the network is closed. */
export function startNginx(
  net: LinuxNet,
  program: string,
  files: Record<string, Uint8Array>,
): void {
  const root = join(net.folder, "nginx");
  mkdirSync(join(root, "files"), { recursive: true });
  for (const [name, bytes] of Object.entries(files))
    writeFileSync(join(root, "files", name), bytes);
  const places = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  const temporary = places.map((name) => `${name}_temp_path ${root}/${name};`).join(" ");
  const configuration = join(root, "nginx.conf");
  writeFileSync(
    configuration,
    `daemon off; master_process off; user root; pid ${root}/pid; error_log stderr;
     events {}
     http { access_log off; gzip on; gzip_types text/plain; ${temporary}
       server { listen 80; root ${root}/files;
         location = /moved { return 302 /hello.txt; }
         location = /chunked { ssi on; ssi_types *; try_files /hello.txt =404; } } }\n`,
  );
  net.start([program, "-c", configuration, "-p", root, "-e", "stderr"]);
}
