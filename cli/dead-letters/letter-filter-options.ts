import { InvalidArgumentError } from 'commander';
import type { Command } from 'commander';
import type { LetterFilter } from '../../src/dead-letter/letter-filter.ts';
import { TIME_FORMS, timeAt, writtenTime } from '../time-option.ts';

/** Which letters are meant, as commander hands it over. */
export interface FilterFlags {
  readonly reason?: readonly string[];
  readonly since?: number;
  readonly until?: number;
  readonly origin?: { readonly originTopic: string; readonly originPartition?: number };
}

export function withFilter(command: Command): Command {
  return command
    .option('--reason <name>', 'only those that were rejected with this reason; may be given several times', collect)
    .option('--since <time>', 'only those written at or after, such as 2h (ago), 3d or 2026-01-31T12:00Z', timeOf)
    .option('--until <time>', 'only those written before', timeOf)
    .option('--origin <topic>', 'only records of this topic, or of one partition: orders/3', originOf);
}

export function filterOf({ reason, since, until, origin }: FilterFlags): LetterFilter {
  return {
    ...(reason === undefined ? {} : { reasons: reason }),
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...origin,
  };
}

function collect(reason: string, before: readonly string[] = []): readonly string[] {
  return [...before, reason];
}

/** Milliseconds since the epoch. */
function timeOf(text: string): number {
  const time = writtenTime(text);
  if (time === null) throw new InvalidArgumentError(`Expected ${TIME_FORMS}.`);
  return timeAt(time, Date.now());
}

function originOf(text: string): NonNullable<FilterFlags['origin']> {
  const match = /^([^/]+)(?:\/(\d{1,9}))?$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected a topic, or topic/partition.');
  const [, originTopic = '', partition] = match;
  return { originTopic, ...(partition === undefined ? {} : { originPartition: Number(partition) }) };
}

/** `2/7`. */
export function placeOf(text: string): { readonly partition: number; readonly offset: number } {
  const match = /^(\d{1,9})\/(\d{1,15})$/.exec(text);
  if (match === null) throw new InvalidArgumentError('Expected partition/offset, such as 2/7; list shows them.');
  return { partition: Number(match[1]), offset: Number(match[2]) };
}

/** Records a second. */
export function rateOf(text: string): number {
  const rate = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || rate < 0.01 || rate > 1_000_000)
    throw new InvalidArgumentError('Expected records a second, from 0.01 to 1000000.');
  return rate;
}
