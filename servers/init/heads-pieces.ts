// Heads of a server's last messages and its channels as values, piece by piece, for who asks (contract.ts). Invariant: any content gives at most
// as much as there is room for, and numbers only.
import type { MemoryView } from "../../sdk/runtime/shared-view.ts";
import {
  recorderEntry as entry,
  recorderPage as page,
  recorderRing as ring,
} from "../../sdk/runtime/recorder-page.ts";
import type { Heads } from "./heads.ts";

/** Heads in one answer: 60 × 38 bytes; channels: 128 × 12. */
const HEADS = 60;
const CHANNELS = 128;

/** A time that is anything: 63 bits of it. */
const time = (view: MemoryView, at: number) =>
  view.get32(at) + (view.get32(at + 4) % 0x8000_0000) * 4294967296;

const ringAt = (place: number) => page.FIRST + place * page.RING;

/** Channels with heads: the ring of each, and what is said of it. */
function channelsOf(view: MemoryView, rings: number) {
  const channels = [];
  for (let place = 0; place < rings; place++) {
    const at = ringAt(place);
    const count = view.get32(at + ring.count);
    if (count === 0) continue;
    const slot = view.get16(at + ring.slot);
    const handle = view.get32(at + ring.handle);
    channels.push({ place, slot, handle, count, before: view.get16(at + ring.before) });
  }
  return channels;
}

/** The channels from place `from` on; none where no heads are. */
export function channelsPiece(heads: Heads | undefined, from: number) {
  return (
    heads?.read((view) => {
      const all = channelsOf(view, heads.rings);
      const channels = all
        .slice(from, from + CHANNELS)
        .map(({ slot, handle, count, before }) => ({ slot, handle, count, before }));
      return { given: view.get32(page.GIVEN), channels, more: from + CHANNELS < all.length };
    }) ?? { given: 0, channels: [], more: false }
  );
}

/** The heads from place `from` on, of each channel the oldest first; none where no heads are. */
export function headsPiece(heads: Heads | undefined, from: number) {
  return (
    heads?.read((view, ringOf) => {
      const messages = [];
      let before = 0;
      let more = false;
      for (const { place, slot, count } of channelsOf(view, heads.rings)) {
        const all = Math.min(count, page.ENTRIES);
        const first = Math.max(0, from - before);
        before += all;
        if (first >= all) continue;
        more = messages.length + all - first > HEADS;
        const memory = ringOf(place);
        for (let i = first; i < all && messages.length < HEADS; i++) {
          const at = ((count - all + i) % page.ENTRIES) * page.ENTRY;
          messages.push(
            memory === undefined ? NOTHING : head(memory.view, memory.offset + at, slot),
          );
        }
        if (more) break;
      }
      return { turn: time(view, page.TURN), messages, more };
    }) ?? { turn: 0, messages: [], more: false }
  );
}

type Head = ReturnType<typeof head>;

/** Of memory that can't be mapped. */
const NOTHING: Head = {
  time: 0,
  kind: 0,
  handles: 0,
  bytes: 0,
  channel: 0,
  word: 0,
  status: 0,
  cookie: 0,
  trace: 0,
  slot: 0,
};

function head(view: MemoryView, at: number, slot: number) {
  return {
    time: time(view, at + entry.time),
    kind: view.get8(at + entry.kind),
    handles: view.get8(at + entry.handles),
    bytes: view.get16(at + entry.bytes),
    channel: view.get32(at + entry.channel),
    word: view.get32(at + entry.word),
    status: view.get32(at + entry.status) | 0,
    cookie: view.get32(at + entry.cookie),
    trace: view.get32(at + entry.trace),
    slot,
  };
}
