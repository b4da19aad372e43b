/**
 * A small honest consumer on the bare contract: what a careful programmer writes in an afternoon. Records of a lane are
 * handled one at a time; without a promise of order one that is skipped or fails waits for its back-off while later ones
 * go on. It keeps books of open records, commits the lowest of them, accepts only contiguous batches, and forgets
 * everything with the epoch. Most entries of the zoo are this consumer with one of its habits broken.
 */
import type { Clock } from '../../../src/clock.ts';
import type { KafkaError } from '../../../src/errors.ts';
import type { AssignedPartition, ConsumerListener, PartitionEpoch, TransportBatch, TransportConsumer } from '../../../src/transport.ts';
import type { VenueMember } from '../../../testing/venue.ts';
import type { RunningSubject, Subject, SubjectOptions } from '../../subject.ts';
import { callHandler, type DeliveryOutcome } from '../call-handler.ts';
import { consumerOptions } from '../consumer-options.ts';
import { GOOD_HABITS, laneNamed, PAUSE_AT, RESUME_AT, type Habits, type Tools } from './habits.ts';
import { epochOf, holdPartition, type Delivery, type HeldPartition, type Lane } from './held-partition.ts';
import { ModelCommits } from './model-commits.ts';
import { sleep, within } from './waiting.ts';

const BACKOFF_MS = 50;
/** How long running calls are waited for when the consumer stops. */
const STOP_DEADLINE_MS = 10_000;

/** Where rejected records go before they count as done. */
export interface RejectSink {
  /** Resolves with true once the mark is durable, with false when it never can be: then the lane halts. */
  reject(delivery: Delivery, isOver: () => boolean): Promise<boolean>;
  close(): Promise<void>;
}

/** What a model needs of the member that it is. */
export type ModelMember = Pick<VenueMember, 'transport' | 'clock'>;

export interface ModelOptions {
  readonly name: string;
  /** What it promises about order. Default `unordered`. */
  readonly ordering?: Subject['ordering'];
  /** What differs from the good habits; a function where the defect has a memory, which then dies with the process. */
  readonly habits?: Partial<Habits> | ((member: ModelMember, rejects: RejectSink | null) => Partial<Habits>);
  readonly rejects?: (member: ModelMember, options: SubjectOptions) => RejectSink;
}

export function modelSubject({ name, ordering = 'unordered', habits = {}, rejects }: ModelOptions): Subject {
  return {
    name,
    ordering,
    observes: false,
    start: (member, options) => {
      const sink = rejects?.(member, options) ?? null;
      const broken = typeof habits === 'function' ? habits(member, sink) : habits;
      return new ModelConsumer(member, options, { ...GOOD_HABITS, ...broken }, ordering !== 'unordered', sink);
    },
  };
}

class ModelConsumer implements RunningSubject {
  readonly started: Promise<void>;
  readonly stopped: Promise<void>;
  readonly #clock: Clock;
  readonly #options: SubjectOptions;
  readonly #habits: Habits;
  /** A lane waits for the record that was skipped. */
  readonly #inTurn: boolean;
  readonly #rejects: RejectSink | null;
  readonly #partitions = new Map<string, HeldPartition>();
  /** The last call of each lane, in whatever epoch. */
  readonly #calls = new Map<string, Promise<unknown>>();
  readonly #tools: Tools;
  readonly #consumer: TransportConsumer;
  readonly #commits: ModelCommits;
  #stopping = false;
  #fail!: (error: KafkaError) => void;

  constructor(member: ModelMember, options: SubjectOptions, habits: Habits, inTurn: boolean, rejects: RejectSink | null) {
    this.#clock = member.clock;
    this.#options = options;
    this.#habits = habits;
    this.#inTurn = inTurn;
    this.#rejects = rejects;
    this.#tools = { pause: (held) => this.#pause(held), send: (held, offset) => void this.#commits.send(held, offset) };
    this.stopped = new Promise((_resolve, reject) => {
      this.#fail = reject;
    });
    this.#consumer = member.transport.createConsumer(consumerOptions(options), this.#listener());
    this.#commits = new ModelCommits(this.#consumer, member.clock, habits, () => this.#partitions.values());
    this.started = member.transport.connect({ timeoutMs: options.requestTimeoutMs }).then(() => this.#consumer.start());
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const stopped = this.#habits.commitsBeforeStop ? null : this.#consumer.stop();
    await this.#end([...this.#partitions.values()], 'stopping', STOP_DEADLINE_MS);
    await (stopped ?? this.#consumer.stop());
    await this.#rejects?.close();
  }

  #listener(): ConsumerListener {
    const held = (partitions: readonly PartitionEpoch[]): readonly HeldPartition[] => partitions.flatMap((each) => this.#held(each) ?? []);
    return {
      assigned: ({ partitions }) => {
        for (const assigned of this.#stopping ? [] : partitions) void this.#assign(assigned);
      },
      // Half of the grace for the calls, the rest for the commit.
      revoked: (partitions, { graceMs }) => this.#end(held(partitions), 'revoked', graceMs / 2),
      lost: (partitions) => {
        for (const each of held(partitions)) this.#forget(each);
      },
      batch: (batch) => this.#take(batch),
      outOfRange: (range) => this.#outOfRange(range),
      warning: () => {},
      failed: (error) => this.#fail(error),
    };
  }

  #held({ topic, partition, epoch }: PartitionEpoch): HeldPartition | null {
    const held = this.#partitions.get(`${topic}-${partition}`);
    return held === undefined || held.epoch !== epoch || held.over ? null : held;
  }

  async #assign(assigned: AssignedPartition): Promise<void> {
    const start = this.#habits.startAt(assigned, this.#options.offsetReset);
    const held = holdPartition(assigned, start);
    this.#partitions.set(held.name, held);
    if (assigned.committedOffset === null && this.#habits.storesStart) await this.#commits.storeStart(held, start);
    if (held.closing || held.over) return;
    this.#habits.assigned(held, this.#tools);
    this.#consumer.fetchFrom(epochOf(held), start);
  }

  #take(batch: TransportBatch): 'accepted' | 'dropped' {
    const held = this.#held(batch);
    if (!this.#habits.accepts(held, batch) || held === null || held.closing) {
      if (held !== null && !held.closing) this.#clock.yield(() => held.over || this.#consumer.fetchFrom(epochOf(held), held.position));
      return 'dropped';
    }
    held.position = batch.nextOffset;
    for (const offset of this.#habits.opens(batch)) held.open.add(offset);
    for (const record of batch.records) {
      const lane = this.#habits.laneOf(record);
      if (lane === null) continue;
      laneNamed(held, lane).queue.push({ record, attempt: 0, failures: 0 });
    }
    if (this.#habits.load(held) >= PAUSE_AT) this.#pause(held);
    this.#commits.due(held, this.#habits.afterBatch(held));
    for (const lane of held.lanes.values()) this.#work(held, lane);
    return 'accepted';
  }

  #work(held: HeldPartition, lane: Lane): void {
    if (lane.work !== null || lane.halted) return;
    lane.work = this.#handleAll(held, lane).finally(() => {
      lane.work = null;
      // What came between the last look and now.
      if (lane.queue.length > 0 && !held.closing && !held.over) this.#work(held, lane);
    });
  }

  async #handleAll(held: HeldPartition, lane: Lane): Promise<void> {
    const laneName = `${held.name} ${lane.name}`;
    while (!held.closing && !held.over && !lane.halted) {
      const delivery = lane.queue.shift();
      if (delivery === undefined) break;
      // A call of an earlier assignment may still run: two at once in one lane would overlap.
      await this.#calls.get(laneName);
      if (held.closing || held.over) break;
      if (!held.open.has(delivery.record.offset)) continue;
      this.#habits.occupied(true);
      await this.#handle(held, lane, laneName, delivery);
      this.#habits.occupied(false);
    }
  }

  async #handle(held: HeldPartition, lane: Lane, laneName: string, delivery: Delivery): Promise<void> {
    const outcome = await this.#call(laneName, delivery);
    const isDone = this.#habits.isDone(outcome, delivery);
    const isMarked = outcome !== 'reject' || this.#rejects === null || (await this.#rejects.reject(delivery, () => held.over));
    const books = this.#habits.booksOf(held, this.#partitions.get(held.name) ?? null);
    if (books === null) return;
    if (!isDone) await this.#retry(held, lane, delivery, outcome === 'failed');
    else if (isMarked) this.#done(books, delivery.record.offset);
    else lane.halted = true;
  }

  async #call(laneName: string, delivery: Delivery): Promise<DeliveryOutcome> {
    if (!this.#habits.decodes(delivery.record)) return 'failed';
    delivery.attempt += 1;
    const call = callHandler(this.#options.handlers, this.#clock, delivery.record, delivery.attempt, delivery.failures);
    const { patienceMs } = this.#habits;
    const answer = patienceMs === null ? call : within(this.#clock, patienceMs, call).then((outcome) => outcome ?? 'failed');
    this.#calls.set(laneName, answer);
    return answer;
  }

  /** In turn the lane waits; otherwise the record comes again behind the others. */
  async #retry(held: HeldPartition, lane: Lane, delivery: Delivery, failed: boolean): Promise<void> {
    if (failed) delivery.failures += 1;
    held.waiting.add(delivery);
    const due = sleep(this.#clock, BACKOFF_MS).then(() => held.waiting.delete(delivery));
    if (this.#inTurn) {
      await due;
      lane.queue.unshift(delivery);
      return;
    }
    void due.then((wasWaiting) => {
      if (!wasWaiting || held.over) return;
      lane.queue.push(delivery);
      this.#work(held, lane);
    });
  }

  #done(held: HeldPartition, offset: number): void {
    held.open.delete(offset);
    if (held.paused && this.#habits.load(held) <= RESUME_AT) {
      held.paused = false;
      this.#consumer.resume([epochOf(held)]);
    }
    if (!held.closing) this.#commits.due(held, this.#habits.committable(held, offset));
  }

  #pause(held: HeldPartition): void {
    held.paused = true;
    this.#consumer.pause([epochOf(held)]);
  }

  /** The end of epochs that was told before: finish what runs, commit what is done, forget. */
  async #end(partitions: readonly HeldPartition[], why: 'revoked' | 'stopping', patienceMs: number): Promise<void> {
    for (const held of partitions) held.closing = true;
    if (this.#habits.drains && patienceMs > 0) await within(this.#clock, patienceMs, this.#running(partitions));
    const last = partitions.flatMap((held) => {
      const offset = held.over ? null : this.#habits.lastCommit(held, why);
      return offset === null || offset <= held.committed ? [] : [{ ...epochOf(held), offset, metadata: null }];
    });
    if (last.length > 0) await this.#consumer.commit(last);
    for (const held of partitions) this.#forget(held);
  }

  #running(partitions: readonly HeldPartition[]): Promise<unknown> {
    return Promise.all(partitions.flatMap((held) => [...held.lanes.values()].map((lane) => lane.work)));
  }

  #forget(held: HeldPartition): void {
    if (held.over) return;
    held.over = true;
    this.#habits.forgot(held);
    if (this.#partitions.get(held.name) === held) this.#partitions.delete(held.name);
  }

  #outOfRange(range: Parameters<ConsumerListener['outOfRange']>[0]): void {
    const held = this.#held(range);
    if (held === null || held.closing) return;
    const goOnAt = this.#habits.outOfRange(range, held, this.#tools);
    if (goOnAt === null) return;
    held.position = goOnAt;
    this.#commits.due(held, this.#habits.afterBatch(held));
    this.#consumer.fetchFrom(epochOf(held), goOnAt);
  }
}
