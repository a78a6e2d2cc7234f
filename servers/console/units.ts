// Writes quantities for people: bytes, spans of time, dates.
// Invariant: the same value always gives the same text; nothing is rounded up to a value that it does not reach.

const KIB = 1024;

/** Bytes with a binary unit and at most one decimal, rounded down: `0`, `512 B`, `1.5 KiB`, `2.9 GiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < KIB) return `${bytes} B`;
  const names = ["KiB", "MiB", "GiB", "TiB"];
  let value = bytes / KIB;
  let unit = 0;
  while (value >= KIB && unit < names.length - 1) {
    value /= KIB;
    unit += 1;
  }
  const tenths = Math.floor(value * 10);
  return `${value >= 100 || tenths % 10 === 0 ? Math.floor(value) : tenths / 10} ${names[unit]}`;
}

/** A span in nanoseconds: `850 us`, `12 ms`, `3.4 s`, `2 min 5 s`, `3 h 12 min`, `2 d 4 h`. */
export function formatSpan(nanoseconds: number): string {
  if (nanoseconds < 1e6) return `${Math.floor(nanoseconds / 1e3)} us`;
  if (nanoseconds < 1e9) return `${Math.floor(nanoseconds / 1e6)} ms`;
  const seconds = Math.floor(nanoseconds / 1e9);
  if (seconds < 60) return `${Math.floor(nanoseconds / 1e8) / 10} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return `${hours} h ${minutes % 60} min`;
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Seconds since 1970 as `2026-01-01 00:00:00 UTC` (proleptic Gregorian calendar). */
export function formatDate(seconds: number): string {
  let days = Math.floor(seconds / 86_400);
  const rest = seconds - days * 86_400;
  // Days from 0000-03-01 in cycles of 400, 100, 4 and 1 years, so that a leap day ends its cycle.
  days += 719_468;
  const era = Math.floor(days / 146_097);
  const ofEra = days - era * 146_097;
  const ofYears = Math.floor(
    (ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) /
      365,
  );
  const ofYear = ofEra - (365 * ofYears + Math.floor(ofYears / 4) - Math.floor(ofYears / 100));
  const shifted = Math.floor((5 * ofYear + 2) / 153);
  const day = ofYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = ofYears + era * 400 + (month <= 2 ? 1 : 0);
  const two = (value: number) => (value < 10 ? `0${value}` : `${value}`);
  const clock = `${two(Math.floor(rest / 3600))}:${two(Math.floor(rest / 60) % 60)}:${two(rest % 60)}`;
  return `${year}-${two(month)}-${two(day)} ${clock} UTC`;
}
