import { describeFailure } from '../consumer/failure.ts';
import type { Observation } from '../observation.ts';
import { AcceptedBatches } from './accepted-batches.ts';
import { LabelBound } from './label-bound.ts';
import { StartedCalls } from './started-calls.ts';
import { TopicMeter } from './topic-meter.ts';
import type { Counters, Histograms } from './topic-meter.ts';

/** Codes are Kafka's or ours, and few; the bound is there for what a transport may make up. */
const MOST_CODES = 100;

type Of<Kind extends Observation['kind']> = Extract<Observation, { readonly kind: Kind }>;

/** What is remembered of a partition from its assignment until it is taken away. */
interface HeldPartition {
  readonly member: string;
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
  readonly calls: StartedCalls;
  readonly batches: AcceptedBatches;
  readonly meter: TopicMeter;
  /** Null when no commit is under way. */
  commitSentAt: number | null;
}

/** From observations to counters. What it remembers is bounded by the partitions held and the calls that run. */
export class ObservationMeter {
  readonly #counters: Counters;
  readonly #histograms: Histograms;
  readonly #maxReasons: number;
  readonly #topics = new Map<string, TopicMeter>();
  /** By member, topic and partition. */
  readonly #held = new Map<string, HeldPartition>();
  readonly #codes = new LabelBound(MOST_CODES, ['']);
  /** As a rule an observation is of the same partition as the one before it. */
  #last: HeldPartition | null = null;

  constructor(counters: Counters, histograms: Histograms, maxReasons: number) {
    this.#counters = counters;
    this.#histograms = histograms;
    this.#maxReasons = maxReasons;
  }

  /** When the record at this offset was accepted; null where that is not known. */
  acceptedAt(topic: string, partition: number, epoch: number, offset: number): number | null {
    // Epochs are compared within a member only: of several members in one process the last one assigned counts.
    let found: HeldPartition | null = null;
    for (const held of this.#held.values()) if (held.partition === partition && held.topic === topic && held.epoch === epoch) found = held;
    return found?.batches.acceptedAt(offset) ?? null;
  }

  observe(observation: Observation): void {
    const counters = this.#counters;
    switch (observation.kind) {
      case 'delivered':
        this.#delivered(observation);
        return;
      case 'action':
        this.#action(observation);
        return;
      case 'batch-accepted':
        this.#accepted(observation);
        return;
      case 'failed':
        this.#failed(observation);
        return;
      case 'retry-scheduled':
        this.#topic(observation.topic).retried.value++;
        return;
      case 'already-done':
        counters.already_done_total.add(1, observation.topic);
        return;
      case 'commit-sent':
        this.#commitSent(observation);
        return;
      case 'commit-settled':
        this.#commitSettled(observation);
        return;
      case 'assigned':
        this.#assigned(observation);
        return;
      case 'revoked':
      case 'lost':
        this.#taken(observation);
        return;
      case 'stopped':
        this.#forgetMember(observation.member);
        return;
      case 'joined':
        counters.rebalances_total.add(1);
        return;
      case 'warning':
        counters.warnings_total.add(1, this.#codes.label(observation.error.code));
        return;
      case 'fatal':
        counters.fatal_errors_total.add(1, this.#codes.label(observation.error.code));
        return;
      case 'started':
      case 'start-resolved':
      // The headroom is a gauge, read from the health.
      case 'retention-near':
        return;
      default:
        this.#rare(observation);
    }
  }

  /** What is counted, and nothing else. */
  #rare(
    observation: Of<
      | 'discontinuity'
      | 'range-removed'
      | 'ledger-read'
      | 'dead-letter-sent'
      | 'dead-lettered'
      | 'dead-letter-failed'
      | 'lane-halted'
      | 'lane-resumed'
      | 'overlap'
      | 'stale-result'
      | 'paused'
      | 'resumed'
      | 'halted'
    >,
  ): void {
    const counters = this.#counters;
    const { topic } = observation;
    switch (observation.kind) {
      case 'discontinuity':
        counters.discontinuities_total.add(1, topic);
        return;
      case 'range-removed':
        counters.removed_by_retention_total.add(observation.to - observation.from, topic);
        return;
      case 'ledger-read':
        counters.ledger_reads_total.add(1, topic, observation.outcome);
        return;
      case 'dead-letter-sent':
        counters.dead_letters_total.add(1, topic, 'sent');
        return;
      case 'dead-lettered':
        counters.dead_letters_total.add(1, topic, 'acknowledged');
        return;
      case 'dead-letter-failed':
        counters.dead_letters_total.add(1, topic, 'failed');
        return;
      case 'lane-halted':
        counters.lane_halts_total.add(1, topic, this.#codes.label(observation.error.code));
        return;
      case 'lane-resumed':
        counters.lane_resumes_total.add(1, topic, observation.by);
        return;
      case 'overlap':
        counters.overlaps_total.add(1, topic);
        return;
      case 'stale-result':
        counters.stale_results_total.add(1, topic);
        return;
      case 'paused':
        counters.pauses_total.add(1, topic, observation.cause ?? 'queue');
        return;
      case 'halted':
        counters.partition_halts_total.add(1, topic, this.#codes.label(observation.error.code));
        return;
      case 'resumed':
        return;
      default:
        // A later version of the runtime may tell more: observers take what they know.
        observation satisfies never;
    }
  }

  #delivered(observation: Of<'delivered'>): void {
    const held = this.#partition(observation);
    if (held === null) return;
    held.meter.delivered.value++;
    held.calls.begin(observation.offset, observation.at, observation.batch);
  }

  #action(observation: Of<'action'>): void {
    const { topic, action, reason, at } = observation;
    const held = this.#partition(observation);
    const meter = held?.meter ?? this.#topic(topic);
    const startedAt = held?.calls.end(observation.offset) ?? null;
    if (startedAt !== null) meter.answered.observe((at - startedAt) / 1_000);
    if (action === 'consume') meter.consumed.value++;
    else this.#counters.records_total.add(1, topic, action, meter.reasons.label(reason ?? ''));
  }

  #failed(observation: Of<'failed'>): void {
    const { topic, error, at } = observation;
    const held = this.#partition(observation);
    const meter = held?.meter ?? this.#topic(topic);
    const startedAt = held?.calls.end(observation.offset) ?? null;
    if (startedAt !== null) meter.failed.observe((at - startedAt) / 1_000);
    this.#counters.failures_total.add(1, topic, meter.errors.label(describeFailure(error)));
  }

  #accepted(observation: Of<'batch-accepted'>): void {
    const held = this.#partition(observation);
    this.#topic(observation.topic).received.value += observation.records;
    held?.batches.accepted(observation.nextOffset, observation.at);
  }

  #commitSent(observation: Of<'commit-sent'>): void {
    const held = this.#partition(observation);
    if (held !== null) held.commitSentAt = observation.at;
  }

  #commitSettled(observation: Of<'commit-settled'>): void {
    const { topic, outcome, code, offset, at } = observation;
    this.#counters.commits_total.add(1, topic, outcome, this.#codes.label(code ?? ''));
    const held = this.#partition(observation);
    if (held === null) return;
    if (held.commitSentAt !== null)
      this.#histograms.commit_duration_seconds.distribution(outcome).observe((at - held.commitSentAt) / 1_000);
    held.commitSentAt = null;
    if (outcome === 'acknowledged') held.batches.committed(offset);
  }

  #assigned({ member, topic, partition, epoch }: Of<'assigned'>): void {
    const meter = this.#topic(topic);
    this.#counters.partition_changes_total.add(1, topic, 'assigned');
    const calls = new StartedCalls();
    const held = { member, topic, partition, epoch, calls, batches: new AcceptedBatches(), meter, commitSentAt: null };
    const key = keyOf(member, topic, partition);
    this.#held.delete(key);
    this.#held.set(key, held);
    this.#last = null;
  }

  #taken({ kind, member, topic, partition, epoch }: Of<'revoked' | 'lost'>): void {
    this.#counters.partition_changes_total.add(1, topic, kind);
    const key = keyOf(member, topic, partition);
    if (this.#held.get(key)?.epoch === epoch) this.#held.delete(key);
    this.#last = null;
  }

  #forgetMember(member: string): void {
    for (const [key, held] of this.#held) if (held.member === member) this.#held.delete(key);
    this.#last = null;
  }

  /** The partition in this epoch; null for what is left of an older one. */
  #partition({
    member,
    topic,
    partition,
    epoch,
  }: Of<'delivered' | 'action' | 'failed' | 'batch-accepted' | 'commit-sent' | 'commit-settled'>): HeldPartition | null {
    let held = this.#last;
    if (held === null || held.partition !== partition || held.topic !== topic || held.member !== member) {
      held = this.#held.get(keyOf(member, topic, partition)) ?? null;
      this.#last = held;
    }
    return held !== null && held.epoch === epoch ? held : null;
  }

  #topic(topic: string): TopicMeter {
    let meter = this.#topics.get(topic);
    if (meter === undefined) {
      meter = new TopicMeter(topic, this.#counters, this.#histograms, this.#maxReasons);
      this.#topics.set(topic, meter);
    }
    return meter;
  }
}

function keyOf(member: string, topic: string, partition: number): string {
  return `${partition}\u0000${topic}\u0000${member}`;
}
