import { InvalidArgumentError } from 'commander';
import { parseShard, type Shard } from '../scenarios/campaign/shard.ts';

/** `run`'s options as commander hands them over. */
export interface RunFlags {
  readonly runs?: number;
  readonly seed?: number;
  readonly filter?: string;
  readonly list?: boolean;
  readonly bail?: boolean;
  readonly budget?: number;
  readonly transport: string;
  readonly brokers?: readonly string[];
  readonly report?: string;
  readonly json?: boolean;
  readonly workers?: number;
  readonly shard?: Shard;
  readonly corpus?: string;
}

export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^-?\d+$/.test(text) || value < least || value > most)
      throw new InvalidArgumentError(`Expected a whole number from ${least} to ${most}.`);
    return value;
  };
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** `90s`, `10m`, `1h` in milliseconds. */
export function durationMs(text: string): number {
  const match = /^(\d+)(ms|s|m|h)$/.exec(text);
  const value = Number(match?.[1]) * (UNIT_MS[match?.[2] ?? ''] ?? Number.NaN);
  if (!(value > 0)) throw new InvalidArgumentError('Expected a time such as 90s, 10m or 1h.');
  return value;
}

/** `2/8`. */
export function shardOf(text: string): Shard {
  try {
    return parseShard(text);
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? error.message : String(error));
  }
}

/** `a:9092,b:9092`. */
export function brokerList(text: string): readonly string[] {
  const brokers = text.split(',').map((broker) => broker.trim());
  if (brokers.some((broker) => !/^[^\s:]+(:\d{1,5})$|^\[[0-9a-fA-F:]+\]:\d{1,5}$/.test(broker)))
    throw new InvalidArgumentError('Expected host:port, separated by commas.');
  return brokers;
}
