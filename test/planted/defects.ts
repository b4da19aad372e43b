/** Defects that are planted into a copy of the runtime, one at a time, and the promises that the scenarios must see broken then. */
import type { InvariantName } from '../../testing/checker/violation.ts';

export interface PlantedDefect {
  readonly name: string;
  /** From the package's root. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly before: string;
  readonly after: string;
  /** Part of the names of the scenarios that are played. */
  readonly scenarios: string;
  readonly runs: number;
  /** Any of them: which one comes first depends on the plan. */
  readonly caughtBy: readonly InvariantName[];
}

export const PLANTED_DEFECTS: readonly PlantedDefect[] = [
  {
    name: 'a lane forgets an open record: what stands behind it in its batch counts as its head',
    file: 'src/consumer/lane-state.ts',
    before: `while (this.head?.state === 'done') this.#first++;`,
    after: `while (this.head?.state === 'done' || (this.#first + 1 < this.#records.length && (this.head?.attempt ?? 0) > 0)) this.#first++;`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['order-violation', 'stuck'],
  },
  {
    name: 'the ledger in the metadata claims one record too many',
    file: 'src/consumer/durable-ledger.ts',
    before: `to - from === 1 ? '' : \`.\${(to - from).toString(36)}\``,
    after: `\`.\${(to - from + 1).toString(36)}\``,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['false-ledger', 'commit-past-open'],
  },
  {
    name: 'the dead letter comes after the commit',
    file: 'src/consumer/record-settler.ts',
    before: `    this.#marking++;
    this.#mark(open, sink, answer, 0);`,
    after: `    this.#order.done(open);
    this.#runtime.clock.setTimer(500, () => { this.#marking++; this.#mark(open, sink, answer, 0); });`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['commit-past-open', 'lost-reject'],
  },
  {
    name: 'the bucket is overdrawn by one',
    file: 'src/consumer/token-bucket.ts',
    before: 'this.#burst = burst;',
    after: 'this.#burst = burst + 1;',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['rate-limit'],
  },
  {
    name: 'a late result is believed',
    file: 'src/consumer/handler-calls.ts',
    before: `      if (counted) {
        this.#running.delete(call);`,
    after: `      if (counted || this.#late.has(call)) {
        this.#running.delete(call);`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['untrue-observation', 'commit-past-open', 'order-violation', 'redelivered-terminal'],
  },
  {
    name: 'one call more than the limit runs at once',
    file: 'src/consumer/call-gate.ts',
    before: 'if (this.#running >= this.#mostRunning) return 0;',
    after: 'if (this.#running > this.#mostRunning) return 0;',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['concurrency-limit'],
  },
  {
    name: 'a record is tried once more than allowed',
    file: 'src/consumer/retry.ts',
    before: 'counts.failures >= maxAttempts',
    after: 'counts.failures > maxAttempts',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['retry-limit'],
  },
  {
    name: 'a Skip that asks for a time is tried again after the usual back-off',
    file: 'src/consumer/retry.ts',
    before: `  return Math.min(retryAfterMs, LONGEST_DELAY_MS);`,
    after: `  return backOffMs(options, retries, random);`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['early-retry'],
  },
  {
    name: 'what has failed is tried again at once',
    file: 'src/consumer/retry.ts',
    before: `  return options.jitter === 'none' ?`,
    after: `  if (retries >= 0) return 0;
  return options.jitter === 'none' ?`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['early-retry'],
  },
  {
    name: 'a Skip counts as an attempt: an outage fills the dead letters',
    file: 'src/consumer/record-settler.ts',
    before: `    if (++open.skips === 1) open.firstSkippedAt = now;`,
    after: `    if (++open.skips === 1) open.firstSkippedAt = now;
    open.failures++;`,
    scenarios: 'steady',
    runs: 1_000,
    caughtBy: ['untrue-observation', 'commit-past-open', 'false-letter'],
  },
  {
    name: 'nobody looks at the window behind an open record',
    file: 'src/consumer/fetch-valve.ts',
    before: 'this.#ledger.window >= maxOpenWindow',
    after: 'this.#ledger.window >= 100_000',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['open-window'],
  },
  {
    name: 'the answers of a batch are counted for other records',
    file: 'src/consumer/lane-order.ts',
    before: 'this.#settleOne(open, answers[index] as Action | FailedAnswer)',
    after: 'this.#settleOne(open, answers[(index + 1) % answers.length] as Action | FailedAnswer)',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['untrue-observation', 'commit-past-open', 'batch-answer', 'order-violation', 'false-letter'],
  },
  {
    name: 'the durable ledger is written and never believed',
    file: 'src/consumer/durable-ledger.ts',
    before: `  if (metadata === null || metadata === '') return { kind: 'none' };`,
    after: `  if (metadata !== 'believed') return { kind: 'none' };`,
    scenarios: 'crashes',
    runs: 500,
    caughtBy: ['unbounded-redelivery'],
  },
  {
    name: 'the ledger names the latest leader epoch for all that it claims',
    file: 'src/consumer/leader-epochs.ts',
    before: 'leaderEpoch: (this.#starts[index] as { leaderEpoch: number | null }).leaderEpoch })',
    after: 'leaderEpoch: this.#highest < 0 ? null : this.#highest })',
    scenarios: 'everything',
    runs: 1_000,
    caughtBy: ['false-ledger'],
  },
  {
    name: 'the durable ledger is never written',
    file: 'src/consumer/ledger-metadata.ts',
    before: '    const metadata = writer.finish();',
    after: '    const metadata = writer.finish() === null ? null : null;',
    scenarios: 'steady',
    runs: 1_000,
    caughtBy: ['ledger-lag'],
  },
  {
    name: 'a lane goes on beside a call that hangs, although nobody asked for it',
    file: 'src/consumer/handler-calls.ts',
    before: `const goesOn = this.#handler.onHung === 'overlap' && this.#overlaps < MOST_OVERLAPS;`,
    after: `const goesOn = this.#overlaps < MOST_OVERLAPS;`,
    scenarios: 'under-everything',
    runs: 500,
    caughtBy: ['unseen', 'overlap', 'concurrency-limit', 'order-violation'],
  },
  {
    name: 'a retry by hand gives no attempts anew: the lane halts again at once',
    file: 'src/consumer/halted-lanes.ts',
    before: `      open.failures = 0;
      open.skips = 0;
`,
    after: '',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['untrue-observation'],
  },
  {
    name: 'a halted lane goes on by itself',
    file: 'src/consumer/halted-lanes.ts',
    before: `    this.#observeHalted([{ offset: open.record.offset, attempt: open.attempt }], error);`,
    after: `    this.#observeHalted([{ offset: open.record.offset, attempt: open.attempt }], error);
    this.#runtime.clock.setTimer(50, () => { open.state = 'waiting'; open.retryAt = null; this.#released(open); });`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['halted-delivery', 'retry-limit'],
  },
  {
    name: 'a halted lane goes on by itself, and says that somebody wanted it',
    file: 'src/consumer/halted-lanes.ts',
    before: `    this.#observeHalted([{ offset: open.record.offset, attempt: open.attempt }], error);`,
    after: `    this.#observeHalted([{ offset: open.record.offset, attempt: open.attempt }], error);
    const { offset } = open.record;
    this.#runtime.clock.setTimer(50, () => { this.retry(offset); });`,
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['halted-delivery'],
  },
  {
    name: 'a pause by hand is forgotten with the assignment: what comes back goes on',
    file: 'src/consumer/assignment.ts',
    before: 'pausedByHand: this.#pausedByHand.has(topic, partition),',
    after: 'pausedByHand: false,',
    scenarios: 'rebalances',
    runs: 500,
    caughtBy: ['paused-delivery'],
  },
  {
    name: 'a pause by hand ends the fetching, and what waits in memory is delivered all the same',
    file: 'src/consumer/owned-partition.ts',
    before: 'this.order.delivering = !isPaused;',
    after: 'this.order.delivering = true;',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['paused-delivery'],
  },
  {
    name: 'a pause by hand ends the calls, and the fetching goes on',
    file: 'src/consumer/fetch-valve.ts',
    before: 'if (this.#fullBy === null) this.#turn(!isPaused);',
    after: 'if (this.#fullBy === null && !isPaused) this.#turn(true);',
    scenarios: 'steady',
    runs: 500,
    caughtBy: ['paused-delivery'],
  },
  {
    name: 'a record that somebody sends to the dead letters is done before its letter is written',
    file: 'src/consumer/record-settler.ts',
    before: `    this.#reject(open, { reason: 'sent-by-hand', cause });`,
    after: `    this.#observeAction(open, 'reject', 'sent-by-hand');
    this.#order.done(open);
    if (this.#deadLetters !== null) this.#mark({ ...open } as OpenRecord, this.#deadLetters, { reason: 'sent-by-hand', cause }, 0);`,
    scenarios: 'steady',
    runs: 1_000,
    caughtBy: ['commit-past-open', 'lost-reject'],
  },
];
