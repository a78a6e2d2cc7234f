// Finds and fetches one pinned file of the Python package index (PEP 503 and PEP 691). Invariant:
// a file is only used after its SHA-256 has matched the pin, so the index need not be trusted.
import { createHash } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

const publicIndex = "https://pypi.org/simple/";
const accept = "application/vnd.pypi.simple.v1+json, text/html;q=0.1";

/**
 * The index that pip is set up to use on this machine, else the public one.
 * @param {NodeJS.ProcessEnv} env
 * @param {string[]} [files] pip's configuration files, the strongest first
 * @returns {string} a URL that ends in "/"
 */
export function indexUrl(env, files = pipFiles(env)) {
  let url = env.PIP_INDEX_URL;
  for (const path of files) {
    if (url || !existsSync(path)) continue;
    url = /^\s*index[-_]url\s*[=:]\s*(\S+)/m.exec(readFileSync(path, "utf8"))?.[1];
  }
  return (url || publicIndex).replace(/\/*$/, "/");
}

/** @param {NodeJS.ProcessEnv} env */
function pipFiles(env) {
  const config = env.XDG_CONFIG_HOME ?? join(homedir(), ".config");
  const user = [join(config, "pip/pip.conf"), join(homedir(), ".pip/pip.conf")];
  return [env.PIP_CONFIG_FILE ?? "", ...user, "/etc/pip.conf"].filter((path) => path !== "");
}

/**
 * Splits a user and password off a URL, since fetch refuses them inside.
 * @param {string} text
 * @returns {{ url: string, headers: Record<string, string> }}
 */
function request(text) {
  const url = new URL(text);
  /** @type {Record<string, string>} */
  const headers = {};
  if (url.username !== "") {
    const user = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
    headers.authorization = `Basic ${Buffer.from(user).toString("base64")}`;
    url.username = "";
    url.password = "";
  }
  return { url: url.href, headers };
}

/**
 * The address of one file, from either form of an index page.
 * @param {string} page the index page's body
 * @param {string} pageUrl where it was found; relative links start there
 * @param {string} file the file's name
 * @returns {string | undefined}
 */
export function fileUrl(page, pageUrl, file) {
  if (page.trimStart().startsWith("{")) {
    /** @type {{ files?: { filename: string, url: string }[] }} */
    const index = JSON.parse(page);
    const entry = index.files?.find((candidate) => candidate.filename === file);
    return entry && new URL(entry.url, pageUrl).href;
  }
  for (const match of page.matchAll(/<a\s[^>]*href="([^"]+)"[^>]*>\s*([^<]+?)\s*<\/a>/g)) {
    const href = (match[1] ?? "").replaceAll("&amp;", "&");
    if (match[2] === file) return new URL(href, pageUrl).href;
  }
  return undefined;
}

/**
 * Downloads one pinned file.
 * @param {{ project: string, file: string, sha256: string, bytes: number }} pin
 * @param {(received: number) => void} progress called with the bytes so far
 * @returns {Promise<Buffer>}
 * @throws {Error} whose message says what failed and where
 */
export async function fetchPinned(pin, progress) {
  const index = request(`${indexUrl(process.env)}${pin.project}/`);
  const page = await get(index.url, { ...index.headers, accept });
  const found = fileUrl(await page.text(), page.url || index.url, pin.file);
  if (found === undefined) throw new Error(`${index.url} does not list ${pin.file}`);
  const sameHost = new URL(found).host === new URL(index.url).host;
  const target = request(found);
  const body = await get(target.url, { ...(sameHost ? index.headers : {}), ...target.headers });
  const hash = createHash("sha256");
  const parts = [];
  let received = 0;
  for await (const chunk of /** @type {AsyncIterable<Uint8Array>} */ (body.body)) {
    parts.push(chunk);
    hash.update(chunk);
    received += chunk.length;
    if (received > pin.bytes) break;
    progress(received);
  }
  const digest = hash.digest("hex");
  if (digest !== pin.sha256) {
    throw new Error(`${pin.file} has SHA-256 ${digest}, but ci/pins.json names ${pin.sha256}`);
  }
  return Buffer.concat(parts);
}

/**
 * @param {string} url
 * @param {Record<string, string>} headers
 */
async function get(url, headers) {
  let failure = "";
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      const response = await fetch(url, { headers });
      if (response.ok) return response;
      failure = `answered ${response.status} ${response.statusText}`;
      if (response.status < 500) break;
    } catch (error) {
      const cause = /** @type {{ cause?: { message?: string }, message: string }} */ (error);
      failure = `can't be reached (${cause.cause?.message ?? cause.message})`;
    }
    await new Promise((resolve) => setTimeout(resolve, 1000 * (attempt + 1)));
  }
  throw new Error(`${url} ${failure}`);
}
