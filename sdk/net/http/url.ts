// Addresses of pages: `http://host[:port]/path?query` (RFC 3986, of which this is what a client of HTTP needs).

/** The parts of an address that a client asks for. */
export interface HttpUrl {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** path and query, begins with `/` */
  readonly target: string;
}

/** Takes an address apart; undefined when it is none of these. A fragment stays with the reader and is left out. */
export function parseHttpUrl(text: string): HttpUrl | undefined {
  const parts =
    /^(https?):\/\/([A-Za-z0-9._-]{1,253})(?::([0-9]{1,5}))?(?:#.*|([/?][^\s#]*)(?:#.*)?)?$/i.exec(
      text,
    );
  if (parts === null) return undefined;
  const [, scheme = "", host = "", port, target = "/"] = parts;
  const small = scheme.toLowerCase() as HttpUrl["scheme"];
  const number = port === undefined ? (small === "http" ? 80 : 443) : Number(port);
  if (number < 1 || number > 65_535 || /[^!-~]/.test(target)) return undefined;
  return { scheme: small, host, port: number, target: target[0] === "/" ? target : `/${target}` };
}

/** The address that a `Location` field means, seen from `base` (RFC 3986 section 5.2, without `..` in the middle). */
export function resolveLocation(base: HttpUrl, location: string): HttpUrl | undefined {
  if (/^[A-Za-z][A-Za-z0-9+.-]*:/.test(location)) return parseHttpUrl(location);
  const start = `${base.scheme}://${base.host}:${base.port}`;
  if (location.startsWith("//")) return parseHttpUrl(`${base.scheme}:${location}`);
  if (location.startsWith("/")) return parseHttpUrl(start + location);
  const path = base.target.replace(/\?.*$/, "");
  if (location.startsWith("?") || location === "") return parseHttpUrl(start + path + location);
  return parseHttpUrl(start + path.replace(/[^/]*$/, "") + location);
}
