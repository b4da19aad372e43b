import { KafkaError } from '../../src/errors.ts';

/** One of several parts of a campaign, for as many machines: from 1 to `count`. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

export const WHOLE: Shard = { index: 1, count: 1 };

/** Far more than anybody has machines. */
const MAX_SHARDS = 10_000;

/** `2/8`. Throws CONFIG_INVALID. */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text.trim());
  const index = Number(match?.[1]);
  const count = Number(match?.[2]);
  if (!(index >= 1 && index <= count && count <= MAX_SHARDS)) {
    throw new KafkaError(
      'CONFIG_INVALID',
      `--shard is ${JSON.stringify(text)}, expected one part of so many, such as 2/8: from 1/8 to 8/8, at most ${MAX_SHARDS}.`,
    );
  }
  return { index, count };
}

/** How many of the campaign's runs are in the shard. */
export function runsOfShard(runs: number, { index, count }: Shard): number {
  return Math.max(0, Math.ceil((runs - (index - 1)) / count));
}

/** The number in the campaign of the shard's `position`-th run, both from 0: every run is in exactly one shard. */
export function runOfShard(position: number, { index, count }: Shard): number {
  return position * count + (index - 1);
}
