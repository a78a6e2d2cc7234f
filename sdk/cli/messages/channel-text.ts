// Heads of messages for people, channel by channel, those with news first. Pure. Invariant: any numbers give lines.
import type { ChannelFacts, MessageFacts } from "../channel/facts.ts";
import { messageLines } from "./message-text.ts";

/** What is shown; --json has all. */
const CHANNELS = 6;
const HEADS = 8;

/** Contract of a channel, by the first of its methods that has a name of one contract alone; "" unknown. */
function contractOf(messages: readonly MessageFacts[], names: ReadonlyMap<number, string>): string {
  for (const { word } of messages) {
    const name = names.get(word) ?? "";
    if (word !== 0 && name.includes(".") && !name.includes("|"))
      return name.slice(0, name.indexOf("."));
  }
  return "";
}

const newest = (messages: readonly MessageFacts[]) => messages.at(-1)?.time ?? 0;

/** Lines; times count back from `end`, ns since boot. */
export function channelLines(
  messages: readonly MessageFacts[],
  channels: readonly ChannelFacts[],
  names: ReadonlyMap<number, string>,
  end: number,
): string[] {
  const bySlot = new Map<number, MessageFacts[]>();
  for (const each of messages) {
    const slot = each.slot ?? 0;
    const list = bySlot.get(slot);
    if (list === undefined) bySlot.set(slot, [each]);
    else list.push(each);
  }
  for (const list of bySlot.values()) list.sort((a, b) => a.time - b.time);
  const ordered = [...bySlot].sort(([, a], [, b]) => newest(b) - newest(a));
  const lines = ordered.slice(0, CHANNELS).flatMap(([slot, list]) => {
    const said = channels.filter((each) => each.slot === slot);
    return [title(slot, list, said, names), ...messageLines(list, names, end).slice(-HEADS)];
  });
  if (ordered.length > CHANNELS)
    lines.push(`(and of ${ordered.length - CHANNELS} more channels; --json has all)\n`);
  return lines;
}

function title(
  slot: number,
  messages: readonly MessageFacts[],
  said: readonly ChannelFacts[],
  names: ReadonlyMap<number, string>,
): string {
  const contract = contractOf(messages, names);
  const which = slot === 0 ? "of no channel that is known" : `channel ${slot}`;
  const handle = said.find((each) => each.handle !== 0)?.handle ?? 0;
  const count = said.reduce((sum, each) => sum + each.count, 0);
  const taken = said.find(({ before }) => before !== 0)?.before;
  return [
    `(${which}`,
    contract === "" ? "" : `, ${contract}`,
    handle === 0 ? "" : `, handle ${handle}`,
    count <= messages.length ? "" : `, ${count} messages`,
    taken === undefined ? "" : `; channel ${taken} gave its room to it`,
    ":)\n",
  ].join("");
}
