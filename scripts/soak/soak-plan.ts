/** What a soak does, drawn from its seed alone: which records there are, and what befalls which process after how many of them. */
import type { Random } from '../../src/random.ts';
import { randomStream } from '../../testing/simulation/random.ts';

export type SoakOrdering = 'partition' | 'key' | 'unordered';
export const SOAK_ORDERINGS: readonly SoakOrdering[] = ['partition', 'key', 'unordered'];

/** `kill`: SIGKILL. `stop`: SIGSTOP until the group has evicted it, then SIGCONT. `join`: a process is started. `leave`: SIGTERM. */
export type TroubleKind = 'kill' | 'stop' | 'join' | 'leave';
export const TROUBLE_KINDS: readonly TroubleKind[] = ['kill', 'stop', 'join', 'leave'];

export interface Trouble {
  readonly kind: TroubleKind;
  /** Which of the members, such as `m2`. */
  readonly member: string;
  /** Milliseconds after the first of the step's records were written. */
  readonly afterMs: number;
  /** Of `stop`: milliseconds beyond the session time-out. */
  readonly holdMs: number;
}

/** A number of records is written, and meanwhile something happens. */
export interface SoakStep {
  readonly records: number;
  readonly trouble: Trouble;
  /** The next step begins before this one's trouble is over. */
  readonly hasty: boolean;
}

export interface SoakPlan {
  readonly seed: number;
  readonly records: number;
  readonly partitions: number;
  /** All that may ever be up. */
  readonly members: readonly string[];
  /** Up before the first step. */
  readonly first: readonly string[];
  readonly steps: readonly SoakStep[];
}

/** What a record's handler does, as the record's value tells it: at its first attempts in an epoch, then at last. */
export interface RecordScript {
  readonly skips?: number;
  readonly failures?: number;
  readonly workMs?: number;
  readonly reject?: true;
}

const MIN_TROUBLE_DELAY_MS = 200;
const MAX_TROUBLE_DELAY_MS = 1_200;
const MAX_HOLD_MS = 1_500;
const HASTY_SHARE = 0.4;
const KEYS = 200;
/** One record in so many stays open for long, while others above it are done. */
const SLOW_ONE_IN = 300;
const SLOWEST_MS = 400;
const LEAST_UP = 1;

export function soakPlan(options: {
  readonly seed: number;
  readonly records: number;
  readonly steps: number;
  readonly partitions: number;
  readonly members: number;
}): SoakPlan {
  const random = randomStream(options.seed, 'workload', 'soak');
  const members = Array.from({ length: options.members }, (_, index) => `m${index + 1}`);
  const first = members.slice(0, Math.ceil(options.members / 2));
  const up = new Set(first);
  const share = Math.floor(options.records / options.steps);
  // Every kind once before chance has its way: in the order in which all of them are possible.
  const opening: readonly TroubleKind[] = ['kill', 'join', 'stop', 'leave'];
  /** Who joined last: stopped at once, it would hold nothing that it could lose. */
  let newest = '';
  const steps = Array.from({ length: options.steps }, (_, index): SoakStep => {
    const records = index === options.steps - 1 ? options.records - share * index : share;
    const kind = opening[index] ?? chooseKind(random, up.size, members.length);
    const candidates = kind === 'join' ? members.filter((member) => !up.has(member)) : othersThan(newest, up);
    const member = candidates[Math.floor(random.next() * candidates.length)] ?? members[0] ?? '';
    if (kind === 'kill' || kind === 'leave') up.delete(member);
    if (kind === 'join') up.add((newest = member));
    const afterMs = MIN_TROUBLE_DELAY_MS + Math.floor(random.next() * (MAX_TROUBLE_DELAY_MS - MIN_TROUBLE_DELAY_MS));
    const holdMs = Math.floor(random.next() * MAX_HOLD_MS);
    return { records, trouble: { kind, member, afterMs, holdMs }, hasty: random.next() < HASTY_SHARE && index >= opening.length };
  });
  return { seed: options.seed, records: options.records, partitions: options.partitions, members, first, steps };
}

function othersThan(member: string, up: ReadonlySet<string>): readonly string[] {
  const others = [...up].filter((each) => each !== member);
  return others.length === 0 ? [...up] : others;
}

function chooseKind(random: Random, up: number, all: number): TroubleKind {
  const possible = TROUBLE_KINDS.filter((kind) => (kind === 'join' ? up < all : kind === 'stop' || up > LEAST_UP));
  return possible[Math.floor(random.next() * possible.length)] ?? 'stop';
}

/** One record of the plan, the same for the same seed and number. One in a hundred has no key; keys stay in their partition. */
export function soakRecord(
  random: Random,
  partitions: number,
): { readonly partition: number; readonly key: string | null; readonly script: RecordScript } {
  const key = Math.floor(random.next() * KEYS);
  const chance = random.next();
  const amount = random.next();
  const keyless = random.next() < 0.01;
  const slow = random.next() < 1 / SLOW_ONE_IN;
  const workMs = slow ? 50 + Math.floor(amount * (SLOWEST_MS - 50)) : chance < 0.5 ? 0 : 1 + Math.floor(amount * 4);
  const script: RecordScript = {
    ...(workMs === 0 ? {} : { workMs }),
    ...(chance > 0.98 ? { skips: 1 + Math.floor(amount * 3) } : {}),
    ...(chance > 0.96 && chance <= 0.98 ? { failures: 1 + Math.floor(amount * 2) } : {}),
    ...(chance > 0.5 && chance < 0.51 ? { reject: true as const } : {}),
  };
  return { partition: key % partitions, key: keyless ? null : `k${key}`, script };
}
