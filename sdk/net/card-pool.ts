// The memory that a card's driver shares with whoever uses the card, as both sides know it: receive buffers, then slots to send from.
//
// Invariant: a buffer is with one side at a time; which, is said in messages alone (EthernetCard), so that nothing in this memory is
// believed but the frames themselves, and they are checked by whoever reads them.

/** Bytes of a slot, and where its first frame begins: in front of it is the card's own header. A longer packet goes on in the next slots. */
export const SLOT_BYTES = 2048;
export const FRAME_AT = 16;

/** A piece that is no longer is a frame by itself. */
export const MAX_SIMPLE_PIECE = 1514;

/** A received piece: offset in the pool, bytes, flags. */
export const PIECE_WORDS = 3;
/** The frame goes on in the next piece. */
export const MORE = 1;
/** The card has found the sums of the frame right, or nobody needs them. */
export const SUMS_RIGHT = 2;

/**
 * A packet to send: its first slot; how many slots; bytes; bytes of the last frame; data bytes a frame. The last is 0: a frame of `bytes` in
 * each slot but the last, which has its own length; otherwise one packet of TCP over IPv4 with `bytes` in all, lengths of the whole in its
 * headers, the pseudo header's sum in place of TCP's, to be cut by the card. `bytes` 0: the slots hold nothing.
 */
export const PACKET_WORDS = 5;

/** What a card does, as bits of `share`'s answer. */
export const CUTS_PACKETS = 1;

/** Batches that may be with the client: then it gives back what it has used at once. */
export const WINDOW = 2;
