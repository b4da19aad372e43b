import { InvalidArgumentError } from 'commander';
import type { OffsetTarget } from '../../src/offsets/plan-offsets.ts';
import { TIME_FORMS, timeAt, writtenTime } from '../time-option.ts';
import type { WrittenTime } from '../time-option.ts';

/** What was written for `--to`: a duration is resolved when the command runs, not when it is read. */
export type WrittenTarget = OffsetTarget | WrittenTime;

/** `earliest`, `latest`, `1234`, or a time. */
export function offsetTarget(text: string): WrittenTarget {
  if (text === 'earliest' || text === 'latest') return text;
  if (/^\d+$/.test(text) && Number.isSafeInteger(Number(text))) return { offset: Number(text) };
  const time = writtenTime(text);
  if (time === null) throw new InvalidArgumentError(`Expected earliest, latest, an offset, or ${TIME_FORMS}.`);
  return time;
}

/** A duration counts back from `now`. */
export function resolveTarget(written: WrittenTarget, now: number): OffsetTarget {
  return typeof written === 'object' && 'agoMs' in written ? { timestampMs: timeAt(written, now) } : written;
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
