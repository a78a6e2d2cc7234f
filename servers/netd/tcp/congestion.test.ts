// The two controls: how they grow, and what a loss costs.
import test from "ava";
import {
  type CongestionState,
  congestionControls,
  createCongestion,
  onAcknowledged,
  onIdle,
  onLoss,
  onTimeout,
} from "./congestion.ts";
import { createRoundTrip, currentTimeout, sampleRoundTrip } from "./round-trip.ts";

const MSS = 1000;
const reno = congestionControls["new-reno"]!;
const cubic = congestionControls["cubic"]!;

/** One round trip of 100 ms in which a whole window is acknowledged. */
function round(state: CongestionState, control: typeof reno, now: number): void {
  const whole = state.window;
  for (let sent = 0; sent < whole; sent += MSS) onAcknowledged(control, state, MSS, now, 100);
}

test("slow start doubles; NewReno then adds a segment each round, and halves", (t) => {
  const state = createCongestion(MSS);
  t.is(state.window, 10 * MSS);
  round(state, reno, 0);
  t.is(state.window, 20 * MSS);
  onLoss(reno, state);
  t.is(state.window, 10 * MSS);
  for (let count = 1; count <= 5; count++) round(state, reno, count);
  t.true(state.window >= 14 * MSS && state.window <= 15 * MSS);
  onTimeout(reno, state, false);
  t.is(state.window, MSS);
  const { threshold } = state;
  onTimeout(reno, state, true);
  t.is(state.threshold, threshold);
});

test("CUBIC goes to 0.7, comes back to where it was in the time of its cube, stays, then goes on", (t) => {
  const state = createCongestion(MSS);
  state.window = 400 * MSS;
  onLoss(cubic, state);
  t.is(Math.round(state.window / MSS), 280);
  // K = cbrt(400 * 0.3 / 0.4) = 6.7 s (RFC 9438 figure 2).
  const at: number[] = [];
  for (let now = 10; now < 14_000; now += 100) {
    round(state, cubic, now);
    at.push(state.window / MSS);
  }
  t.true(Math.abs(at[66]! - 400) < 8, `${at[66]}`);
  t.true(at[33]! > 370 && at[33]! < 400, `${at[33]}`);
  t.true(at[100]! < 425 && at[133]! > 500, `${at[100]} ${at[133]}`);
});

test("CUBIC is never slower than NewReno on a short path", (t) => {
  const state = createCongestion(MSS);
  state.window = 10 * MSS;
  onLoss(cubic, state);
  const start = state.window;
  for (let count = 0; count < 100; count++) round(state, cubic, 10 + count);
  t.true(state.window - start > 50 * MSS, `${state.window}`);
});

test("idle: the window falls back to the initial one", (t) => {
  const state = createCongestion(MSS);
  state.window = 100 * MSS;
  onIdle(state);
  t.is(state.window, 10 * MSS);
  state.window = 3 * MSS;
  onIdle(state);
  t.is(state.window, 3 * MSS);
});

test("RFC 6298: the first sample, later ones, bounds, back-off; a sample from the future is none", (t) => {
  const trip = createRoundTrip();
  t.is(currentTimeout(trip), 1000);
  sampleRoundTrip(trip, 400);
  t.is(currentTimeout(trip), 400 + 4 * 200);
  for (let count = 0; count < 100; count++) sampleRoundTrip(trip, 10);
  t.is(currentTimeout(trip), 200);
  trip.backOff = 3;
  t.is(currentTimeout(trip), 1600);
  trip.backOff = 30;
  t.is(currentTimeout(trip), 60_000);
  sampleRoundTrip(trip, -5);
  t.is(trip.backOff, 30);
  sampleRoundTrip(trip, 10);
  t.is(trip.backOff, 0);
});
