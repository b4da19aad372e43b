import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readLedger } from '../../src/consumer/durable-ledger.ts';
import { LeaderEpochs } from '../../src/consumer/leader-epochs.ts';
import { LedgerClaims } from '../../src/consumer/ledger-claims.ts';
import { LedgerMetadata } from '../../src/consumer/ledger-metadata.ts';
import { Ledger } from '../../src/consumer/ledger.ts';
import type { LeaderEpochStart, TransportBatch } from '../../src/transport.ts';

/** A record as itself: what stands at an offset may become another one. */
interface Entry {
  readonly id: number;
  readonly leaderEpoch: number;
}

/** One partition on three replicas that follow each other as Kafka's do (KIP-101), with leaders that may be unclean. */
class Replicas {
  readonly logs: readonly Entry[][] = [[], [], []];
  leader = 0;
  #leaderEpoch = 0;
  #nextId = 0;

  get log(): Entry[] {
    return this.logs[this.leader] as Entry[];
  }

  append(count: number): void {
    for (let left = count; left > 0; left--) this.log.push({ id: this.#nextId++, leaderEpoch: this.#leaderEpoch });
  }

  /** A follower cuts off what its leader does not have, by offset and leader epoch, and copies the rest. */
  follow(replica: number): void {
    const own = this.logs[replica] as Entry[];
    let same = 0;
    while (same < own.length && own[same]?.leaderEpoch === this.log[same]?.leaderEpoch) same++;
    own.splice(same, own.length, ...this.log.slice(same));
  }

  lead(replica: number, isClean: boolean): void {
    if (isClean) this.follow(replica);
    this.leader = replica;
    this.#leaderEpoch += 1;
  }
}

/** Who owns the partition: the runtime's own parts, put together as it does, without handlers. */
class Owner {
  readonly ledger: Ledger;
  readonly claims: LedgerClaims | null;
  readonly #epochs = new LeaderEpochs();
  readonly #metadata: LedgerMetadata;
  /** The ledger numbers records in the order in which it accepts them. */
  #sequence = 0;
  /** Accepted and not asked about yet. */
  readonly waiting: { readonly offset: number; readonly entry: Entry; readonly sequence: number }[] = [];
  readonly open: { readonly offset: number; readonly entry: Entry; readonly sequence: number }[] = [];
  /** Ids that it has done, by offset; those below the base stay. */
  readonly done = new Map<number, number>();

  constructor(base: number, claims: LedgerClaims | null) {
    this.ledger = new Ledger(base);
    this.claims = claims;
    this.#metadata = new LedgerMetadata(this.ledger, { topicId: 'id', claims, leaderEpochs: this.#epochs });
  }

  /** False: the log is not the one that was read before, and the partition is halted. */
  fetch(log: readonly Entry[], count: number): boolean {
    const fetchedFrom = this.ledger.position;
    if (fetchedFrom > log.length) return false;
    const entries = log.slice(fetchedFrom, fetchedFrom + count);
    const leaderEpochs: LeaderEpochStart[] = [];
    entries.forEach(({ leaderEpoch }, index) => {
      if (leaderEpochs.at(-1)?.leaderEpoch !== leaderEpoch) leaderEpochs.push({ from: fetchedFrom + index, leaderEpoch });
    });
    const records = entries.map((_, index) => ({ offset: fetchedFrom + index }));
    const batch = { fetchedFrom, nextOffset: fetchedFrom + entries.length, records, leaderEpochs } as unknown as TransportBatch;
    if (this.#epochs.goesBackTo(batch) !== null) return false;
    this.ledger.accept(batch);
    this.#epochs.accepted(batch, this.ledger.committable);
    this.#metadata.accepted(batch);
    entries.forEach((entry, index) => this.waiting.push({ offset: fetchedFrom + index, entry, sequence: this.#sequence++ }));
    return true;
  }

  commit(): { readonly offset: number; readonly metadata: string | null } {
    return { offset: this.ledger.committable, metadata: this.#metadata.at(this.ledger.committable) };
  }
}

type Step =
  | { readonly kind: 'append' | 'fetch' | 'ask'; readonly count: number }
  | { readonly kind: 'follow'; readonly replica: number }
  | { readonly kind: 'lead'; readonly replica: number; readonly isClean: boolean }
  | { readonly kind: 'complete'; readonly pick: number }
  | { readonly kind: 'commit' | 'crash' };

const count = fc.integer({ min: 1, max: 6 });
const replica = fc.nat(2);
const stepsOf = (isClean: fc.Arbitrary<boolean>): fc.Arbitrary<readonly Step[]> =>
  fc.array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('append' as const), count }) },
      { weight: 5, arbitrary: fc.record({ kind: fc.constantFrom('fetch' as const, 'ask' as const), count }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('follow' as const), replica }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('lead' as const), replica, isClean }) },
      { weight: 8, arbitrary: fc.record({ kind: fc.constant('complete' as const), pick: fc.nat() }) },
      { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom('commit' as const, 'commit' as const, 'crash' as const) }) },
    ),
    { minLength: 20, maxLength: 120, size: 'max' },
  );

/** Plays the steps; a record is passed over exactly where a commit claimed that very record. Tells how often which happened. */
function play(steps: readonly Step[]): { readonly passedOver: number; readonly another: number; readonly disbelieved: number } {
  const replicas = new Replicas();
  const seen = { passedOver: 0, another: 0, disbelieved: 0 };
  let stored = { offset: 0, metadata: null as string | null, claimed: new Map<number, number>() };
  /** By offset, the id that was claimed there: what the owner goes by, from the commit that it began with. */
  let claimed = new Map<number, number>();
  let owner = new Owner(0, null);
  const begin = (): void => {
    // Above the log end the partition is halted until somebody sets the offset: from the beginning.
    if (stored.offset > replicas.log.length) stored = { offset: 0, metadata: null, claimed: new Map() };
    const reading = readLedger(stored.metadata, { base: stored.offset, topicId: 'id', logEndOffset: replicas.log.length });
    if (reading.kind === 'ignored') seen.disbelieved++;
    claimed = reading.kind === 'believed' ? new Map(stored.claimed) : new Map();
    owner = new Owner(stored.offset, reading.kind === 'believed' ? new LedgerClaims(reading.runs) : null);
  };
  const ask = (): void => {
    const next = owner.waiting.shift();
    if (next === undefined) return;
    const isClaimed = owner.claims?.has(next.offset) === true;
    const expected = claimed.get(next.offset);
    // The whole truth: what was done by somebody is not repeated, and what nobody has done is delivered.
    expect({ offset: next.offset, isClaimed }).toEqual({ offset: next.offset, isClaimed: expected === next.entry.id });
    if (expected !== undefined && expected !== next.entry.id) seen.another++;
    if (!isClaimed) return void owner.open.push(next);
    seen.passedOver++;
    owner.done.set(next.offset, next.entry.id);
    owner.ledger.complete(next.sequence);
  };
  for (const step of steps) {
    if (step.kind === 'append') replicas.append(step.count);
    else if (step.kind === 'follow') replicas.follow(step.replica);
    else if (step.kind === 'lead') replicas.lead(step.replica, step.isClean);
    else if (step.kind === 'crash') begin();
    else if (step.kind === 'fetch') {
      if (!owner.fetch(replicas.log, step.count)) begin();
    } else if (step.kind === 'ask') {
      for (let left = step.count; left > 0; left--) ask();
    } else if (step.kind === 'complete') {
      const [one] = owner.open.splice(step.pick % Math.max(1, owner.open.length), 1);
      if (one === undefined) continue;
      owner.done.set(one.offset, one.entry.id);
      owner.ledger.complete(one.sequence);
    } else {
      const { offset, metadata } = owner.commit();
      const carried = new Map([...owner.done].filter(([at]) => at > offset));
      for (const [at, id] of claimed) {
        const wait = owner.waiting.find((each) => each.offset === at);
        if (at >= owner.ledger.position || wait?.entry.id === id) carried.set(at, id);
      }
      stored = { offset, metadata, claimed: carried };
    }
  }
  // Whoever comes last reads all there is.
  begin();
  if (owner.fetch(replicas.log, Infinity)) while (owner.waiting.length > 0) ask();
  return seen;
}

test('whatever leaders do, a record is passed over exactly where that very record was claimed', () => {
  const seen = { passedOver: 0, another: 0, disbelieved: 0 };
  fc.assert(
    fc.property(stepsOf(fc.boolean()), (steps) => {
      const each = play(steps);
      for (const fact of Object.keys(seen) as (keyof typeof seen)[]) seen[fact] += each[fact];
    }),
    { numRuns: 1_500, seed: 7 },
  );
  // Each of the ways was gone often.
  expect(Math.min(...Object.values(seen))).toBeGreaterThan(25);
});

test('leaders that change cleanly cost nothing: no ledger is disbelieved, and nothing that it claims comes again', () => {
  let passedOver = 0;
  fc.assert(
    fc.property(stepsOf(fc.constant(true)), (steps) => {
      const seen = play(steps);
      expect([seen.disbelieved, seen.another]).toEqual([0, 0]);
      passedOver += seen.passedOver;
    }),
    { numRuns: 1_000, seed: 7 },
  );
  expect(passedOver).toBeGreaterThan(500);
});
