// nginx out of Debian's package, unpacked under build/peers and not installed, since its package starts a server of its own.
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { which } from "../setup/debian.mjs";
import { buildDir } from "../setup/paths.mjs";
import type { LinuxNet } from "./linux-net.ts";

const folder = join(buildDir, "peers/nginx");
const unpacked = join(folder, "usr/sbin/nginx");

/** The program, or undefined where it can't be had. BSD-2-Clause. */
export function findNginx(): string | undefined {
  const installed = which("nginx");
  if (installed !== undefined) return installed;
  if (existsSync(unpacked)) return unpacked;
  const aside = `${folder}.${process.pid}`;
  try {
    mkdirSync(aside, { recursive: true });
    const options = { cwd: aside, stdio: "ignore", timeout: 60_000 } as const;
    execFileSync("apt-get", ["download", "-qq", "nginx"], options);
    for (const file of readdirSync(aside).filter((name) => name.endsWith(".deb")))
      execFileSync("dpkg-deb", ["-x", file, "."], options);
    renameSync(aside, folder);
    return existsSync(unpacked) ? unpacked : undefined;
  } catch {
    rmSync(aside, { recursive: true, force: true });
    return existsSync(unpacked) ? unpacked : undefined;
  }
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
