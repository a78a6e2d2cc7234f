// The first slow start ends before the queue overflows: HyStart++ (RFC 9406), by the round trips that get longer, and by the train of
// acknowledgements that fills a round trip (as the first HyStart did, and Linux does).
//
// Invariant: nothing here makes the window smaller; without eight measurements in a round nothing is decided.

import type { CongestionState } from "./congestion.ts";
import { isBefore } from "./sequence.ts";

/** The state; times in milliseconds. */
export interface SlowStart {
  /** The round ends when this is acknowledged. */
  roundEnd: number;
  /** Shortest round trips of the round before and of this one. */
  before: number;
  least: number;
  samples: number;
  /** When the train of acknowledgements began, and its last one came. */
  trainSince: number;
  trainAt: number;
  /** Rounds left of the careful phase, 0 outside of it; and the round trip that began it. */
  careful: number;
  baseline: number;
}

const LEAST_RISE = 4;
const MOST_RISE = 16;
const SAMPLES = 8;
/** On shorter paths (milliseconds) every train is as long as a round trip. */
const SHORT_PATH = 8;
const CAREFUL_ROUNDS = 5;
const CAREFUL_DIVISOR = 4;
/** Acknowledgements this near to each other are a train (milliseconds). */
const TRAIN_GAP = 2;
/** A train this long fills the path, in round trips: segments leave at twice the window's rate, so that it takes two thirds of one below. */
const TRAIN_LENGTH = 0.9;
/** Segments by which one acknowledgement lets the window grow at most, without pacing. */
const MOST_SEGMENTS = 8;

/** Before the first acknowledgement. */
export function createSlowStart(): SlowStart {
  return {
    roundEnd: 0,
    before: Number.POSITIVE_INFINITY,
    least: Number.POSITIVE_INFINITY,
    samples: 0,
    trainSince: 0,
    trainAt: 0,
    careful: 0,
    baseline: Number.POSITIVE_INFINITY,
  };
}

/**
 * An acknowledgement of `bytes` up to `acknowledgment` came in the first slow start, with a round trip of `sample` (below 0: not
 * measured). Grows the window, or ends slow start by setting the threshold.
 */
export function growSlowly(
  start: SlowStart,
  state: CongestionState,
  bytes: number,
  now: number,
  sample: number,
  acknowledgment: number,
  next: number,
): void {
  if (sample >= 0) {
    start.samples += 1;
    if (sample < start.least) start.least = sample;
  }
  const most = Math.min(bytes, MOST_SEGMENTS * state.segment);
  state.window += start.careful > 0 ? most / CAREFUL_DIVISOR : most;
  if (start.samples >= SAMPLES) judge(start);
  followTrain(start, state, now);
  if (isBefore(acknowledgment, start.roundEnd)) return;
  start.roundEnd = next;
  start.before = start.least;
  start.least = Number.POSITIVE_INFINITY;
  start.samples = 0;
  if (start.careful > 0 && --start.careful === 0) state.threshold = state.window;
}

function judge(start: SlowStart): void {
  const { before, least } = start;
  if (start.careful > 0) {
    // It was not the queue.
    if (least < start.baseline) {
      start.careful = 0;
      start.baseline = Number.POSITIVE_INFINITY;
    }
    return;
  }
  if (before === Number.POSITIVE_INFINITY) return;
  if (least < before + Math.min(MOST_RISE, Math.max(LEAST_RISE, before / 8))) return;
  start.baseline = least;
  start.careful = CAREFUL_ROUNDS;
}

function followTrain(start: SlowStart, state: CongestionState, now: number): void {
  if (now - start.trainAt > TRAIN_GAP) start.trainSince = now;
  start.trainAt = now;
  const { before, trainSince } = start;
  if (before === Number.POSITIVE_INFINITY || before < SHORT_PATH) return;
  if (now - trainSince >= before * TRAIN_LENGTH) state.threshold = state.window;
}
