// Scripts that a host runs (`uusi exec`, `uusi shell`): one place in the tape server for each host session, lent this server's session.
// Invariant: what a host's scripts may do is what this server's manifest says; when the host's session ends, so does its script.
import type { ChannelRequest } from "../../sdk/channel/request.ts";
import type { Client } from "../../sdk/contract/client.ts";
import { Failure, failures, refuse } from "../../sdk/contract/failure.ts";
import type { Session } from "../init/contract.ts";
import { SOURCE_LIMIT, type Tape } from "../tape/contract.ts";

/** Calls that this server answers itself, with scripts. */
export const scriptCalls = ["script", "script-more", "script-stop"] as const;

/** Characters of a piece of source: at most 3,600 bytes. */
const PIECE = 1_200;
/** What a script may use: calls and rounds, pages of memory, time (an hour; the host ends it sooner). */
const limits = { fuel: 2 ** 40, pages: 64, time: 3_600e9 };
/** The nucleus's errors for a channel whose other end is gone, before and after it took the call. */
const GONE = [-8, -9];
/** How often a place is opened anew because the process was ending just then. */
const ATTEMPTS = 3;

type Place = Client<typeof Tape>;

/** What scripts need of the server. */
export interface ScriptWorld {
  readonly session: Pick<Client<typeof Session>, "again">;
  /** Opens /svc/tape. */
  open(): Promise<Place | Failure>;
}

export class Scripts {
  readonly #world: ScriptWorld;
  #place: Place | undefined;

  constructor(world: ScriptWorld) {
    this.#world = world;
  }

  /** Answers a request whose call is one of `scriptCalls`. */
  async ask(call: string, fields: ChannelRequest["fields"]): Promise<object | Failure> {
    if (call === "script") return this.#begin(fields);
    const place = this.#place;
    if (place === undefined)
      return refuse(failures.NOT_FOUND, "no script was begun in this session");
    if (call === "script-more") return place.more({});
    place.send.stop({});
    return {};
  }

  /** The host's session is over. */
  close(): void {
    this.#place?.close();
    this.#place = undefined;
  }

  async #begin(fields: ChannelRequest["fields"]): Promise<object | Failure> {
    const { kind, show, source } = fields;
    if (typeof source !== "string" || (kind !== "script" && kind !== "line"))
      return refuse(failures.INVALID, "script: `kind` is script or line, and `source` is text");
    if (show !== "value" && show !== "json")
      return refuse(failures.INVALID, "script: `show` is value or json");
    if (source.length > SOURCE_LIMIT)
      return refuse(failures.LIMIT, `a script has at most ${SOURCE_LIMIT} characters`);
    const place = await this.#open();
    if (place instanceof Failure) return place;
    let at = 0;
    while (source.length - at > PIECE) {
      // a character is not cut
      const last = source.charCodeAt(at + PIECE - 1);
      const end = at + PIECE - (last >= 0xd800 && last < 0xdc00 ? 1 : 0);
      const added = await place.source({ text: source.slice(at, end) });
      if (added instanceof Failure) return added;
      at = end;
    }
    return place.run({ kind, show, source: source.slice(at), limits });
  }

  /** The session's place; tried again when the process was just about to end. */
  async #open(): Promise<Place | Failure> {
    if (this.#place !== undefined && !this.#place.closed) return this.#place;
    for (let attempt = 0; ; attempt += 1) {
      const place = await this.#world.open();
      if (place instanceof Failure) return place;
      const copy = await this.#world.session.again({});
      const fault = copy instanceof Failure ? copy : await place.lend({ session: copy.session });
      if (!(fault instanceof Failure)) {
        this.#place = place;
        return place;
      }
      place.close();
      if (!GONE.includes(fault.code) || attempt === ATTEMPTS) return fault;
    }
  }
}
