// Bytes on their way to a slow device, with back-pressure: writers see when it is full and can wait for room.
// Invariant: bytes leave in the order they came; at most LIMIT are held, what a careless writer adds beyond is dropped and counted.

/** Above this a writer should wait. */
export const HIGH_WATER = 4096;
/** More than this is never held. */
export const LIMIT = 65_536;

/** The queue: a growing buffer that is emptied from the front. */
export interface OutputQueue {
  bytes: Uint8Array;
  from: number;
  to: number;
  dropped: number;
  waiting: (() => void)[];
}

/** An empty queue. */
export function outputQueue(): OutputQueue {
  return { bytes: new Uint8Array(1024), from: 0, to: 0, dropped: 0, waiting: [] };
}

/** Bytes held. */
export function queued(queue: OutputQueue): number {
  return queue.to - queue.from;
}

/** Appends bytes. */
export function enqueue(queue: OutputQueue, more: Uint8Array): void {
  const held = queue.to - queue.from;
  if (held + more.length > LIMIT) {
    queue.dropped += more.length;
    return;
  }
  if (queue.to + more.length > queue.bytes.length) {
    const room = held + more.length;
    let target = queue.bytes;
    if (room > target.length) {
      let size = target.length;
      while (size < room) size *= 2;
      target = new Uint8Array(size);
    }
    target.set(queue.bytes.subarray(queue.from, queue.to), 0);
    queue.bytes = target;
    queue.from = 0;
    queue.to = held;
  }
  queue.bytes.set(more, queue.to);
  queue.to += more.length;
}

/** Takes `count` bytes from the front: they went out. Wakes writers when there is room again. */
export function dequeue(queue: OutputQueue, count: number): void {
  queue.from += count;
  if (queue.from >= queue.to) {
    queue.from = 0;
    queue.to = 0;
  }
  if (queue.waiting.length > 0 && queue.to - queue.from <= HIGH_WATER / 2) {
    const waiting = queue.waiting;
    queue.waiting = [];
    for (let index = 0; index < waiting.length; index += 1) (waiting[index] as () => void)();
  }
}

/** Ends at once while there is room, else when half of HIGH_WATER is free again. */
export function outputRoom(queue: OutputQueue): Promise<void> {
  if (queue.to - queue.from < HIGH_WATER) return Promise.resolve();
  return new Promise((resolve) => {
    queue.waiting.push(resolve);
  });
}
