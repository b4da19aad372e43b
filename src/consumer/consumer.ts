import { durationProblem } from '../check-duration.ts';
import type { Clock } from '../clock.ts';
import { KafkaError } from '../errors.ts';
import { checkDeadLetterTargets } from '../dead-letter/check-dead-letter-targets.ts';
import type { DeadLetterSink } from '../dead-letter/dead-letter-sink.ts';
import type { Handler } from '../handler.ts';
import { EventLog } from '../log/event-log.ts';
import type { Logger } from '../logger.ts';
import type { Observer } from '../observation.ts';
import type { RecordProducer } from '../producer/record-producer.ts';
import type { Random } from '../random.ts';
import type { TopicPartition, Transport, TransportConsumer } from '../transport.ts';
import { Assignment } from './assignment.ts';
import { completeConsumerOptions } from './consumer-options.ts';
import type { ConsumerOptions } from './consumer-options.ts';
import { Deadline } from '../deadline.ts';
import { describeFailure } from './failure.ts';
import { partitionHealth, summarize } from './health.ts';
import type { ConsumerHealth, ConsumerState } from './health.ts';
import { combineObservers } from './observers.ts';
import { checkHaltedPlace, checkSelection } from './check-selection.ts';
import type { PartitionSelection } from './paused-by-hand.ts';
import { LagWatch } from './lag-watch.ts';
import { handlerClock } from './handler-clock.ts';
import type { Runtime } from './runtime.ts';
import { EMPTY_SNAPSHOT, takeStartSnapshot } from './start-snapshot.ts';
import { openRange } from './stop-report.ts';
import type { StopReport } from './stop-report.ts';

const DEFAULT_START_TIMEOUT_MS = 30_000;
const DEFAULT_STOP_DEADLINE_MS = 25_000;
/** The last commit gets so long at least, also when the handlers used up the deadline. */
const LAST_COMMIT_MS = 1_000;
/** Delay between attempts at what a start needs to know of the cluster. */
const START_RETRY_MS = 250;
/** Failures that another attempt does not mend. */
const HOPELESS: ReadonlySet<string> = new Set([
  'AUTHENTICATION_FAILED',
  'CONFIG_INVALID',
  'DEAD_LETTER_INVALID',
  'PEER_MISSING',
  'UNKNOWN_TOPIC',
  'UNSUPPORTED',
]);

/** What a consumer works with; nothing of it is global. */
export interface ConsumerDependencies {
  /** Connected; the consumer stops its own part of it, and does not close it. */
  readonly transport: Transport;
  /** By topic: these are the topics that are subscribed to. */
  readonly handlers: ReadonlyMap<string, Handler>;
  readonly options: Partial<ConsumerOptions> & { readonly groupId: string };
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** For the handlers' contexts. */
  readonly producer: RecordProducer;
  /** Where rejected records of handlers with dead letters go. Needed where there is such a handler. */
  readonly deadLetters?: DeadLetterSink;
  readonly observers?: readonly Observer[];
  /** The name in observations. Default: `<group>#1`. */
  readonly member?: string;
}

/** One member of a consumer group: joins, hands records to handlers, commits what is terminal. Starts once, stops once. */
export class Consumer {
  readonly #options: ConsumerOptions;
  readonly #transport: Transport;
  readonly #topics: readonly string[];
  readonly #handlers: ReadonlyMap<string, Handler>;
  /** Where the rejected records of a topic go. */
  readonly #deadLetterTargets: ReadonlyMap<string, string>;
  readonly #runtime: Runtime;
  readonly #assignment: Assignment;
  /** Null where it is turned off. */
  readonly #lagWatch: LagWatch | null;
  #state: ConsumerState = 'new';
  #transportConsumer: TransportConsumer | null = null;
  #failure: KafkaError | null = null;
  #stopDeadline: Deadline | null = null;
  #lastCommitDeadline: Deadline | null = null;
  #stopWork: Promise<StopReport> | null = null;
  readonly #ended: {
    readonly promise: Promise<StopReport>;
    readonly resolve: (report: StopReport) => void;
    readonly reject: (error: KafkaError) => void;
  };
  readonly #aborted: { readonly promise: Promise<never>; readonly reject: (error: KafkaError) => void };

  constructor(dependencies: ConsumerDependencies) {
    const { clock, random, producer } = dependencies;
    this.#options = completeConsumerOptions(dependencies.options);
    this.#transport = dependencies.transport;
    this.#topics = [...dependencies.handlers.keys()];
    this.#handlers = dependencies.handlers;
    this.#deadLetterTargets = deadLetterTargetsOf(dependencies);
    const logger = dependencies.logger.child({ groupId: this.#options.groupId });
    const log = new EventLog(logger, clock);
    this.#runtime = {
      clock,
      random,
      log,
      observe: combineObservers(dependencies.observers ?? [], log),
      member: dependencies.member ?? `${this.#options.groupId}#1`,
      context: { clock: handlerClock(clock), logger, producer },
      nextBatch: counter(),
    };
    this.#assignment = new Assignment(this.#runtime, {
      options: this.#options,
      handlers: dependencies.handlers,
      deadLetters: dependencies.deadLetters ?? null,
      durableLedger: this.#options.durableLedger && dependencies.transport.capabilities.commitMetadata,
      fatal: (error) => this.#fail(error),
    });
    const { lagIntervalMs: intervalMs, isolationLevel } = this.#options;
    this.#lagWatch =
      intervalMs === 0
        ? null
        : new LagWatch(this.#runtime, {
            admin: this.#transport.admin,
            intervalMs,
            isolationLevel,
            partitions: () => this.#assignment.owned,
          });
    this.#ended = Promise.withResolvers<StopReport>();
    this.#aborted = Promise.withResolvers<never>();
    // Whoever does not look at these is not killed by them; failures are logged where they happen.
    this.#ended.promise.catch(() => {});
    this.#aborted.promise.catch(() => {});
  }

  /** Resolves when the consumer has stopped, rejects when a fatal error ended it. */
  get stopped(): Promise<StopReport> {
    return this.#ended.promise;
  }

  get state(): ConsumerState {
    return this.#state;
  }

  health(): ConsumerHealth {
    return {
      state: this.#state,
      groupId: this.#options.groupId,
      memberId: this.#assignment.memberId,
      generation: this.#assignment.isMember ? this.#assignment.generation : null,
      sessionTimeoutMs: this.#options.sessionTimeoutMs,
      fetchTurnedAt: this.#transportConsumer?.fetchTurnedAt?.() ?? null,
      partitions: this.#assignment.owned.map((owned) => partitionHealth(owned, this.#lagWatch)),
      failure: summarize(this.#failure),
    };
  }

  /**
   * Pauses topics, or single partitions: no call starts and nothing is fetched; calls that run may finish, and their records
   * are committed. Heartbeats go on, so nothing moves to another member. It holds for this consumer alone, through every
   * rebalance and until `resume`; a partition that another member takes over is not paused there. Retention does not wait.
   * May be called before the start. Throws HANDLER_MISSING for a topic that is not consumed here.
   */
  pause(selection: readonly PartitionSelection[]): void {
    checkSelection(selection, this.#topics);
    this.#runtime.log.write('paused-by-hand', { selection }, 'Paused by hand; nothing of it is delivered until it is resumed');
    this.#assignment.setPausedByHand(selection, true);
  }

  /** Ends a `pause`, in part where a part is named. What is paused because its queue is full goes on when there is room. */
  resume(selection: readonly PartitionSelection[]): void {
    checkSelection(selection, this.#topics);
    this.#runtime.log.write('resumed-by-hand', { selection }, 'Resumed by hand');
    this.#assignment.setPausedByHand(selection, false);
  }

  /**
   * Another try for a halted lane, or for all of a partition where no offset is given; also for a partition that is halted
   * but has lost nothing. Tells how many there were; 0 as well for a partition that this consumer does not hold, which `health`
   * tells. Throws HANDLER_MISSING for a topic that is not consumed here.
   */
  retryHalted(where: TopicPartition & { readonly offset?: number }): number {
    checkHaltedPlace(where, this.#topics);
    return this.#assignment.retryHalted(where);
  }

  /**
   * Sends the record that halted its lane, or with which a call hangs, to the dead letters, and lets the lane go on. Resolves
   * when that is acknowledged, the lane is halted again, or the partition is taken away; with false when no lane is halted there
   * by a record or call of this assignment, or this consumer does not hold the partition. Rejects with HANDLER_MISSING for a topic
   * that is not consumed here, and with HANDLER_INVALID where its handler has no dead letters.
   */
  async deadLetterHalted(where: TopicPartition & { readonly offset: number }): Promise<boolean> {
    checkHaltedPlace(where, this.#topics);
    if ((this.#handlers.get(where.topic)?.deadLetter ?? null) === null) {
      throw new KafkaError('HANDLER_INVALID', `The handler of ${where.topic} has no dead letters, so there is no place for its record.`);
    }
    return this.#assignment.deadLetterHalted(where);
  }

  /**
   * Resolves when the group is joined and the first assignment is known. Rejects with UNKNOWN_TOPIC, DEAD_LETTER_INVALID,
   * START_TIMEOUT, NO_COMMITTED_OFFSET, what the transport says, or MANAGER_STATE when stopped meanwhile; then it has left the group.
   */
  async start({
    timeoutMs = DEFAULT_START_TIMEOUT_MS,
    signal,
  }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {}): Promise<void> {
    const problem = durationProblem('timeoutMs', timeoutMs, 1);
    if (problem !== null) throw problem;
    if (this.#state !== 'new') throw new KafkaError('MANAGER_STATE', `A consumer starts once; this one is ${this.#state}.`);
    this.#state = 'starting';
    this.#observe('started');
    const deadline = new Deadline(this.#runtime.clock, timeoutMs);
    const onAbort = (): void => this.#aborted.reject(new KafkaError('MANAGER_STATE', 'The start was aborted.', { cause: signal?.reason }));
    if (signal?.aborted === true) onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    try {
      await Promise.race([this.#join(deadline, timeoutMs), this.#aborted.promise]);
      if (this.#state === 'starting') {
        this.#state = 'running';
        this.#lagWatch?.start();
      }
    } catch (error) {
      await this.#abandonStart(error);
      throw error;
    } finally {
      deadline.cancel();
      signal?.removeEventListener('abort', onAbort);
    }
  }

  /**
   * Starts no more calls, waits for running ones and dead letters on their way until the deadline (ms, default 25,000; then the
   * signals fire), commits, leaves the group. A second call may only shorten the deadline. Rejects for a deadline that is none (CONFIG_INVALID), and
   * then has stopped nothing, else never; a fatal error is told by `stopped`.
   */
  stop({ deadlineMs = DEFAULT_STOP_DEADLINE_MS }: { readonly deadlineMs?: number } = {}): Promise<StopReport> {
    const problem = durationProblem('deadlineMs', deadlineMs, 0);
    if (problem !== null) return Promise.reject(problem);
    if (this.#stopWork !== null) {
      this.#stopDeadline?.shortenTo(deadlineMs);
      this.#lastCommitDeadline?.shortenTo(Math.max(LAST_COMMIT_MS, deadlineMs));
      return this.#stopWork;
    }
    if (this.#state === 'starting')
      this.#aborted.reject(new KafkaError('MANAGER_STATE', 'The consumer was stopped before it had started.'));
    this.#state = 'stopping';
    this.#stopDeadline = new Deadline(this.#runtime.clock, deadlineMs);
    this.#stopWork = this.#finish(this.#stopDeadline).then((report) => {
      this.#state = this.#failure === null ? 'stopped' : 'failed';
      this.#observe('stopped');
      if (this.#failure === null) this.#ended.resolve(report);
      else this.#ended.reject(this.#failure);
      return report;
    });
    return this.#stopWork;
  }

  async #join(deadline: Deadline, timeoutMs: number): Promise<void> {
    const admin = this.#transport.admin;
    const { groupId, autoOffsetReset, groupInstanceId, ...rest } = this.#options;
    const inTime = async <T>(what: string, work: Promise<T>): Promise<T> => {
      if (await deadline.reachedBy(work)) return work;
      throw startTimeout(what, timeoutMs, groupId);
    };
    // `describeTopics` is where an unknown topic shows; the snapshot asks it too.
    const look =
      autoOffsetReset === 'latest'
        ? () => takeStartSnapshot(admin, groupId, this.#topics)
        : async () => (await admin.describeTopics(this.#topics), EMPTY_SNAPSHOT);
    this.#assignment.snapshot = await inTime('the topics and offsets of the cluster', this.#persist(look, deadline));
    const check = (): Promise<void> => this.#checkDeadLetterTargets();
    await inTime('the configuration of the dead letter topics', this.#persist(check, deadline));
    if (this.#state !== 'starting') return;
    const consumer = this.#transport.createConsumer({ ...rest, groupId, groupInstanceId, topics: this.#topics }, this.#assignment);
    this.#transportConsumer = consumer;
    this.#assignment.connect(consumer);
    await inTime('the first assignment', consumer.start());
  }

  async #checkDeadLetterTargets(): Promise<void> {
    const { observe, clock, member, log } = this.#runtime;
    const { admin } = this.#transport;
    for (const error of await checkDeadLetterTargets({ admin, targets: this.#deadLetterTargets, consumedTopics: this.#topics })) {
      if (observe !== null) observe({ at: clock.now(), member, kind: 'warning', error });
      log.fold('consumer-warning', error.code, { code: error.code, err: error }, error.message);
    }
  }

  /** Tries until it succeeds, fails for good, or nobody waits any more. */
  async #persist<T>(work: () => Promise<T>, deadline: Deadline): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (
          this.#state !== 'starting' ||
          (error instanceof KafkaError && HOPELESS.has(error.code)) ||
          deadline.remainingMs <= START_RETRY_MS
        )
          throw error;
        this.#runtime.log.fold(
          'start-retried',
          describeFailure(error),
          { err: error },
          'The cluster could not be asked for topics and offsets; trying again',
        );
        await new Promise<void>((resolve) => this.#runtime.clock.setTimer(START_RETRY_MS, resolve));
      }
    }
  }

  /** A start that failed leaves nothing running. */
  async #abandonStart(error: unknown): Promise<void> {
    this.#failure ??= this.#stopWork === null ? asKafkaError(error) : null;
    await this.stop({ deadlineMs: 0 });
  }

  #fail(error: KafkaError): void {
    if (this.#failure !== null || this.#state === 'stopped') return;
    this.#failure = error;
    const { observe, clock, member, log } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind: 'fatal', error });
    log.write('consumer-failed', { code: error.code, err: error }, `Consumer failed: ${error.message}`);
    this.#aborted.reject(error);
    // Not from inside the transport's own call.
    void Promise.resolve().then(() => this.stop({ deadlineMs: 0 }));
  }

  async #finish(deadline: Deadline): Promise<StopReport> {
    const assignment = this.#assignment;
    this.#lagWatch?.stop();
    assignment.drain();
    assignment.commits.flush();
    const letters = assignment.owned.map((partition) => partition.whenQuiet());
    if (!(await deadline.reachedBy(Promise.all([assignment.lanes.whenFree(), ...letters])))) {
      assignment.abortRunning(new KafkaError('STOP_DEADLINE', 'The consumer stops, and the time for running calls is over.'));
      // Whoever settles at once on the signal still counts.
      await new Promise<void>((resolve) => this.#runtime.clock.yield(resolve));
    }
    const lastCommit = new Deadline(this.#runtime.clock, Math.max(LAST_COMMIT_MS, deadline.remainingMs));
    this.#lastCommitDeadline = lastCommit;
    deadline.cancel();
    await assignment.commits.final(assignment.owned, lastCommit);
    lastCommit.cancel();
    const report: StopReport = { open: assignment.owned.map(openRange).filter((range) => range !== null) };
    assignment.close(new KafkaError('STOP_DEADLINE', 'The consumer has stopped.'));
    await this.#leave();
    this.#logReport(report);
    return report;
  }

  /** Whatever a transport does, the stop ends. */
  async #leave(): Promise<void> {
    try {
      await this.#transportConsumer?.stop();
    } catch (error) {
      this.#runtime.log.write('client-stop-failed', { err: error }, "The transport's consumer could not be stopped");
    }
  }

  #logReport({ open }: StopReport): void {
    const { log } = this.#runtime;
    log.close();
    if (open.length === 0) log.write('consumer-stopped', {}, 'Consumer stopped; nothing was open');
    else log.write('records-left-open', { open }, 'Consumer stopped with open records; they are delivered again later');
  }

  #observe(kind: 'started' | 'stopped'): void {
    const { observe, clock, member } = this.#runtime;
    if (observe !== null) observe({ at: clock.now(), member, kind });
  }
}

/** By source topic. A Reject that could not be marked would be lost: throws HANDLER_INVALID where there is no sink for it. */
function deadLetterTargetsOf({ handlers, deadLetters }: ConsumerDependencies): ReadonlyMap<string, string> {
  const topics = [...handlers].filter(([, handler]) => (handler.deadLetter ?? null) !== null).map(([topic]) => topic);
  if (topics.length === 0) return new Map();
  if (deadLetters !== undefined) return new Map(topics.map((topic) => [topic, deadLetters.targetOf(topic)]));
  throw new KafkaError(
    'HANDLER_INVALID',
    `The handler of ${topics.join(', ')} has dead letters, and this consumer was given no place for them (deadLetters).`,
  );
}

function counter(): () => number {
  let count = 0;
  return () => ++count;
}

function asKafkaError(error: unknown): KafkaError {
  return error instanceof KafkaError ? error : new KafkaError('CONSUMER_FAILED', 'The consumer could not start.', { cause: error });
}

function startTimeout(what: string, timeoutMs: number, groupId: string): KafkaError {
  const message = `The consumer of group ${groupId} did not get ${what} within ${timeoutMs} ms. The brokers answer slowly, the coordinator is not available yet, or another member of the group does not rejoin; raise timeoutMs if that is to be expected.`;
  return new KafkaError('START_TIMEOUT', message, { details: { groupId, timeoutMs } });
}
