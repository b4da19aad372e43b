import { InvalidArgumentError } from 'commander';
import type { OffsetTarget } from '../../src/offsets/plan-offsets.ts';

/** What was written for `--to`: a duration is resolved when the command runs, not when it is read. */
export type WrittenTarget = OffsetTarget | { readonly agoMs: number };

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** With a zone, or a day alone, which is one of UTC: a time without a zone would be another one on every machine. */
const ISO_TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** `earliest`, `latest`, `1234`, `2026-01-31T08:00:00Z`, `-2h`. */
export function offsetTarget(text: string): WrittenTarget {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { offset: Number(text) };
  const [, amount, unit] = /^-(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  const agoMs = Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  if (Number.isSafeInteger(agoMs)) return { agoMs };
  const timestampMs = ISO_TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (timestampMs >= 0) return { timestampMs };
  throw new InvalidArgumentError(
    'Expected earliest, latest, an offset, a time with its zone such as 2026-01-31T08:00:00Z, or so long ago: -90s, -15m, -2h, -3d.',
  );
}

/** A duration counts back from `now`. */
export function resolveTarget(written: WrittenTarget, now: number): OffsetTarget {
  return typeof written === 'object' && 'agoMs' in written ? { timestampMs: Math.max(0, now - written.agoMs) } : written;
}

/** `orders,payments`. */
export function nameList(text: string): readonly string[] {
  const names = text.split(',').map((name) => name.trim());
  if (names.some((name) => name === '')) throw new InvalidArgumentError('Expected names, separated by commas.');
  return names;
}

/** `0,3`. */
export function partitionList(text: string): readonly number[] {
  const numbers = text.split(',').map((number) => number.trim());
  if (!numbers.every((number) => /^\d{1,9}$/.test(number)))
    throw new InvalidArgumentError('Expected numbers of partitions, separated by commas.');
  return numbers.map(Number);
}
