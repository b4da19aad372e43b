/** A time as somebody writes it for a command: fixed, or so long before the command runs. */
export type WrittenTime = { readonly timestampMs: number } | { readonly agoMs: number };

/** What `writtenTime` takes, for messages. */
export const TIME_FORMS = 'so long ago: 90s, 15m, 2h or 3d (or -2h), a day (UTC), or a time with its zone: 2026-01-31T08:00Z';

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** With a zone, or a day alone, which is one of UTC: a time without a zone would be another one on every machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `2h` or `-2h`, `2026-01-31`, `2026-01-31T08:00:00.500+01:00`; null for anything else, and for what is before 1970. */
export function writtenTime(text: string): WrittenTime | null {
  const [, amount, unit] = /^-?(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const agoMs = Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(agoMs)) return { agoMs };
  const timestampMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  return timestampMs >= 0 ? { timestampMs } : null;
}

/** Milliseconds since the epoch, from 0. */
export function timeAt(written: WrittenTime, now: number): number {
  return 'agoMs' in written ? Math.max(0, now - written.agoMs) : written.timestampMs;
}
