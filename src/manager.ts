import process from 'node:process';
import { durationProblem } from './check-duration.ts';
import type { Clock } from './clock.ts';
import { checkManager } from './check-manager.ts';
import { checkTopics, requireGroupId } from './config/consumer-checks.ts';
import type { KafkaConfig } from './config/kafka-config.ts';
import { Consumer } from './consumer/consumer.ts';
import { DeadLetterProducer } from './dead-letter/dead-letter-producer.ts';
import { deadLetterTargets } from './dead-letter/dead-letter-targets.ts';
import { Deadline } from './deadline.ts';
import { summarize } from './consumer/health.ts';
import type { PartitionSelection } from './consumer/paused-by-hand.ts';
import type { StopReport } from './consumer/stop-report.ts';
import { KafkaError } from './errors.ts';
import type { Handler } from './handler.ts';
import { configuredLimits, limitOptions } from './manager-limits.ts';
import { loadKafkajsTransport } from './load-kafkajs-transport.ts';
import { writeEvent } from './log/write-event.ts';
import type { Logger } from './logger.ts';
import type { ManagerDependencies, ManagerHealth, ManagerState, RunOptions, StartOptions, StopOptions } from './manager-options.ts';
import { asHandler } from './message-handler.ts';
import type { AnyMessageHandler } from './message-handler.ts';
import { pinoLogger } from './pino-logger.ts';
import { BatchingProducer } from './producer/batching-producer.ts';
import type { RecordProducer } from './producer/record-producer.ts';
import type { Random } from './random.ts';
import { requireNode } from './require-node.ts';
import { systemClock } from './system-clock.ts';
import { systemRandom } from './system-random.ts';
import type { TopicPartition, Transport } from './transport.ts';

export type { ManagerDependencies, ManagerHealth, ManagerState, RunOptions, StartOptions, StopOptions };

const DEFAULT_START_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 2_147_483_647;
/** What is still to be sent gets so long at least when the manager stops. */
const LAST_SENDS_MS = 1_000;

/** Those that a manager has taken over. */
const TAKEN = new WeakSet<Transport>();

/** What an application deals with: registers handlers, starts, produces, stops. Starts once. */
export class KafkaManager {
  readonly #config: KafkaConfig;
  readonly #dependencies: ManagerDependencies;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #handlers = new Map<string, Handler>();
  readonly #ended: PromiseWithResolvers<void>;
  #state: ManagerState = 'new';
  #logger: Logger | null;
  #transport: Transport | null = null;
  #consumer: Consumer | null = null;
  #producer: BatchingProducer | null = null;
  /** Of the handlers with dead letters; null where there are none. */
  #deadLetters: DeadLetterProducer | null = null;
  /** While its last records go out. */
  #closingProducer: BatchingProducer | null = null;
  #failure: KafkaError | null = null;
  #starting: Promise<void> | null = null;
  #stopping: Promise<StopReport> | null = null;
  #stopDeadline: Deadline | null = null;
  #startAbort = new AbortController();

  /** Throws CONFIG_INVALID for a configuration that `kafkaConfig` did not make, and for dependencies out of their bounds. */
  constructor(config: KafkaConfig, dependencies: ManagerDependencies = {}) {
    requireNode();
    checkManager(config, dependencies);
    this.#config = config;
    this.#dependencies = dependencies;
    this.#clock = dependencies.clock ?? systemClock;
    this.#random = dependencies.random ?? systemRandom;
    this.#logger = dependencies.logger ?? null;
    this.#ended = Promise.withResolvers<void>();
    // Whoever does not look at `stopped` is not killed by it: what it rejects with is logged.
    this.#ended.promise.catch(() => {});
  }

  /** Adds a handler for its topics, before the start. Throws HANDLER_DUPLICATE, HANDLER_INVALID, MANAGER_STATE. */
  register(handler: Handler | AnyMessageHandler): this {
    if (this.#state !== 'new')
      throw new KafkaError('MANAGER_STATE', `Handlers are registered before the start; this manager is ${this.#state}.`);
    const checked = asHandler(handler);
    const taken = checked.topics.filter((topic) => this.#handlers.has(topic));
    if (taken.length > 0) {
      throw new KafkaError('HANDLER_DUPLICATE', `A handler is registered already for ${taken.join(', ')}; a topic has one handler.`, {
        details: { topics: taken },
      });
    }
    for (const topic of checked.topics) this.#handlers.set(topic, checked);
    return this;
  }

  /** Resolves when the manager has stopped, rejects when a fatal error ended it. The error is logged in any case. */
  get stopped(): Promise<void> {
    return this.#ended.promise;
  }

  /**
   * Resolves when the group is joined; when Kafka is not enabled, at once. Rejects with CONFIG_INVALID, BROKER_UNREACHABLE,
   * AUTHENTICATION_FAILED, UNKNOWN_TOPIC, START_TIMEOUT and others, each with the likely cause; everything is closed then.
   */
  start(options: StartOptions = {}): Promise<void> {
    const problem = durationProblem('timeoutMs', options.timeoutMs ?? DEFAULT_START_TIMEOUT_MS, 1);
    if (problem !== null) return Promise.reject(problem);
    if (this.#state !== 'new') {
      return Promise.reject(new KafkaError('MANAGER_STATE', `A manager starts once, and this one is ${this.#state}: make a new one.`));
    }
    this.#starting = this.#start(options);
    return this.#starting;
  }

  /** Starts, waits for a signal or a fatal error, stops. Resolves when stopped, rejects as `start` and `stopped` do. */
  async run({ signals = ['SIGTERM', 'SIGINT'], ...options }: RunOptions = {}): Promise<void> {
    // Not when the signal comes: then nothing would stop.
    const problem = durationProblem('deadlineMs', options.deadlineMs ?? this.#config.stopTimeoutMs, 0);
    if (problem !== null) throw problem;
    let received = 0;
    const onSignal = (signal: NodeJS.Signals): void => {
      if (this.#logger !== null)
        writeEvent(
          this.#logger,
          'signal-received',
          { signal },
          received === 0 ? 'Signal received, stopping' : 'Second signal received, stopping at once',
        );
      void this.stop(received++ === 0 ? options : { deadlineMs: 0 });
    };
    for (const signal of signals) process.on(signal, onSignal);
    // A manager that is disabled has nothing else to keep the process alive until the signal.
    const keepAlive = this.#clock.setTimer(KEEP_ALIVE_MS, () => {});
    try {
      await this.start(options).catch((error: unknown) => {
        if (received === 0) throw error;
      });
      await this.stopped;
    } finally {
      keepAlive.cancel();
      for (const signal of signals) process.off(signal, onSignal);
    }
  }

  /**
   * Stops gracefully: no new calls, running ones may finish until the deadline, then the commit, then the client. Idempotent;
   * a second call may only shorten the deadline. Resolves with what was still open; a fatal error is told by `stopped`. Rejects
   * with CONFIG_INVALID for a deadline that is none, and then has stopped nothing.
   */
  stop({ deadlineMs = this.#config.stopTimeoutMs }: StopOptions = {}): Promise<StopReport> {
    const problem = durationProblem('deadlineMs', deadlineMs, 0);
    if (problem !== null) return Promise.reject(problem);
    if (this.#stopping === null) this.#stopping = this.#stop(deadlineMs);
    else this.#shortenStop(deadlineMs);
    return this.#stopping;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** The producer, after the start. Throws KAFKA_DISABLED when Kafka is not enabled: a producer that does nothing would lose data. */
  producer(): RecordProducer {
    if (!this.#config.enabled) {
      throw new KafkaError(
        'KAFKA_DISABLED',
        'Kafka is not enabled (KAFKA_ENABLED is not true), so there is no producer; nothing was sent.',
      );
    }
    if (this.#producer === null)
      throw new KafkaError('MANAGER_STATE', `There is no producer before the start or after the stop; this manager is ${this.#state}.`);
    return this.#producer;
  }

  health(): ManagerHealth {
    return {
      state: this.#state,
      topics: [...this.#handlers.keys()],
      consumer: this.#consumer?.health() ?? null,
      failure: summarize(this.#failure),
    };
  }

  /**
   * Pauses topics, or single partitions, in this process, through every rebalance and until `resume`: no call starts and
   * nothing is fetched, while heartbeats go on and calls that run may finish; see `Consumer.pause`. Throws HANDLER_MISSING for
   * a topic without a handler here, and MANAGER_STATE before the start. A manager that is disabled has nothing to pause.
   */
  pause(selection: readonly PartitionSelection[]): void {
    this.#requireConsumer()?.pause(selection);
  }

  /** Ends a `pause`, in part where a part is named. */
  resume(selection: readonly PartitionSelection[]): void {
    this.#requireConsumer()?.resume(selection);
  }

  /**
   * Another try for a halted lane, or for all of a partition where no offset is given; also for a partition that is halted
   * but has lost nothing. Tells how many there were; 0 as well for a partition that this process does not hold, which
   * `health().consumer.partitions` tells. Throws HANDLER_MISSING for a topic without a handler here, and MANAGER_STATE before the start.
   */
  retryHalted(where: TopicPartition & { readonly offset?: number }): number {
    return this.#requireConsumer()?.retryHalted(where) ?? 0;
  }

  /**
   * Sends the record that halted its lane, or with which a call hangs, to the dead letters, and lets the lane go on. Resolves
   * when that is acknowledged, the lane is halted again, or the partition is taken away; with false when no lane is halted there
   * by a record or call of this assignment, or this process does not hold the partition. Rejects with HANDLER_INVALID where its
   * handler has no dead letters, and as `retryHalted` throws.
   */
  async deadLetterHalted(where: TopicPartition & { readonly offset: number }): Promise<boolean> {
    return (await this.#requireConsumer()?.deadLetterHalted(where)) ?? false;
  }

  #requireConsumer(): Consumer | null {
    if (this.#consumer !== null || this.#state === 'disabled') return this.#consumer;
    throw new KafkaError('MANAGER_STATE', `There is no consumer before the start or without handlers; this manager is ${this.#state}.`);
  }

  async #start({ timeoutMs = DEFAULT_START_TIMEOUT_MS, signal }: StartOptions): Promise<void> {
    this.#state = 'starting';
    const onAbort = (): void => this.#startAbort.abort(signal?.reason);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted === true) onAbort();
    try {
      const logger = (this.#logger ??= await pinoLogger({ level: this.#config.logLevel }));
      for (const warning of this.#config.warnings) writeEvent(logger, 'configuration-warning', {}, warning);
      if (!this.#config.enabled) {
        writeEvent(logger, 'kafka-disabled', {}, 'Kafka is not enabled (KAFKA_ENABLED is not true): nothing is consumed or produced');
        if (this.#state === 'starting') this.#state = 'disabled';
        return;
      }
      checkTopics(this.#config, [...this.#handlers.keys()]);
      await this.#connect(logger, timeoutMs);
    } catch (error) {
      throw await this.#abandonStart(error);
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #connect(logger: Logger, timeoutMs: number): Promise<void> {
    const consumes = this.#handlers.size > 0;
    const groupId = consumes ? requireGroupId(this.#config) : '';
    const deadline = new Deadline(this.#clock, timeoutMs);
    try {
      const transport = this.#dependencies.transport ?? (await loadKafkajsTransport(this.#config, logger, this.#clock));
      takeOver(transport);
      this.#transport = transport;
      this.#checkStarting();
      const connected = await deadline.reachedBy(transport.connect({ timeoutMs, signal: this.#startAbort.signal }));
      if (!connected)
        throw new KafkaError(
          'START_TIMEOUT',
          `No connection to ${this.#config.brokers.join(', ')} within ${timeoutMs} ms: the brokers are unreachable or very slow.`,
        );
      this.#checkStarting();
      this.#producer = new BatchingProducer({
        transport: transport.createProducer({ requestTimeoutMs: this.#config.producer.requestTimeoutMs }),
        clock: this.#clock,
        random: this.#random,
        config: this.#config.producer,
      });
      if (consumes)
        await this.#consume(transport, { logger, groupId, producer: this.#producer, timeoutMs: Math.max(1, deadline.remainingMs) });
    } finally {
      deadline.cancel();
    }
    this.#checkStarting();
    this.#state = 'running';
    writeEvent(logger, 'manager-started', { topics: [...this.#handlers.keys()], brokers: this.#config.brokers }, 'Kafka manager started');
  }

  async #consume(
    transport: Transport,
    given: { readonly logger: Logger; readonly groupId: string; readonly producer: RecordProducer; readonly timeoutMs: number },
  ): Promise<void> {
    const config = this.#config;
    const deadLetters = (this.#deadLetters = this.#makeDeadLetters(transport, given.groupId));
    const consumer = new Consumer({
      transport,
      handlers: this.#handlers,
      options: {
        groupId: given.groupId,
        autoOffsetReset: config.autoOffsetReset,
        sessionTimeoutMs: config.sessionTimeoutMs,
        rebalanceTimeoutMs: config.rebalanceTimeoutMs,
        heartbeatIntervalMs: config.heartbeatIntervalMs,
        requestTimeoutMs: config.requestTimeoutMs,
        maxWaitTimeMs: config.maxWaitTimeMs,
        maxBytesPerPartition: config.maxBytesPerPartition,
        isolationLevel: config.isolationLevel,
        commitIntervalMs: config.commitIntervalMs,
        lagIntervalMs: config.lagIntervalMs,
        ...limitOptions({ ...configuredLimits(config.limits), ...this.#dependencies.limits }),
        durableLedger: this.#dependencies.durableLedger ?? config.durableLedger,
      },
      clock: this.#clock,
      random: this.#random,
      logger: given.logger,
      producer: given.producer,
      ...(deadLetters === null ? {} : { deadLetters }),
      observers: this.#dependencies.observers ?? [],
      member: this.#dependencies.member ?? `${config.clientId}#1`,
    });
    this.#consumer = consumer;
    await consumer.start({ timeoutMs: given.timeoutMs, signal: this.#startAbort.signal });
    consumer.stopped.catch((error: unknown) => void this.#fail(error as KafkaError, { logged: true }));
  }

  #makeDeadLetters(transport: Transport, groupId: string): DeadLetterProducer | null {
    const targets = deadLetterTargets(new Set(this.#handlers.values()));
    if (targets.size === 0) return null;
    return new DeadLetterProducer({
      transport: transport.createProducer({ requestTimeoutMs: this.#config.producer.requestTimeoutMs }),
      headerFidelity: transport.capabilities.headerFidelity,
      clock: this.#clock,
      groupId,
      targets,
    });
  }

  #checkStarting(): void {
    if (this.#startAbort.signal.aborted || this.#state !== 'starting') {
      throw this.#startEnded();
    }
  }

  #startEnded(): KafkaError {
    const message = 'The manager was stopped, or its start aborted, before it had started.';
    return new KafkaError('MANAGER_STATE', message, { cause: this.#startAbort.signal.reason });
  }

  /** Leaves nothing running, and returns what the start rejects with. */
  async #abandonStart(error: unknown): Promise<KafkaError> {
    const failure =
      error instanceof KafkaError
        ? error
        : this.#startAbort.signal.aborted
          ? this.#startEnded() // a transport rejects with the signal's reason
          : new KafkaError('CONSUMER_FAILED', `The manager could not start: ${error instanceof Error ? error.message : String(error)}`, {
              cause: error,
            });
    if (this.#stopping === null) await this.#fail(failure, { logged: false });
    return failure;
  }

  async #fail(error: KafkaError, { logged }: { readonly logged: boolean }): Promise<void> {
    if (this.#stopping !== null) return;
    this.#failure = error;
    if (!logged && this.#logger !== null)
      writeEvent(this.#logger, 'manager-failed', { code: error.code, err: error }, `Kafka manager failed: ${error.message}`);
    await this.stop({ deadlineMs: 0 });
  }

  async #stop(deadlineMs: number): Promise<StopReport> {
    const wasStarting = this.#state === 'starting' && this.#failure === null;
    // Nobody else listens, and what it makes to abort with costs more than all that follows.
    if (this.#state === 'starting') this.#startAbort.abort();
    this.#state = 'stopping';
    const deadline = (this.#stopDeadline = new Deadline(this.#clock, deadlineMs));
    const report = (await this.#consumer?.stop({ deadlineMs })) ?? { open: [] };
    if (wasStarting) await this.#starting?.catch(() => {});
    await this.#closeProducer(Math.max(LAST_SENDS_MS, deadline.remainingMs));
    deadline.cancel();
    await this.#closeTransport();
    this.#failure ??= await this.#consumerFailure();
    this.#state = this.#failure === null ? 'stopped' : 'failed';
    if (this.#failure === null) this.#ended.resolve();
    else this.#ended.reject(this.#failure);
    return report;
  }

  #shortenStop(deadlineMs: number): void {
    this.#stopDeadline?.shortenTo(deadlineMs);
    void this.#consumer?.stop({ deadlineMs });
    this.#closingProducer?.close({ timeoutMs: Math.max(LAST_SENDS_MS, deadlineMs) }).catch(() => {}); // whoever called first logs it
  }

  async #closeProducer(timeoutMs: number): Promise<void> {
    const producer = (this.#closingProducer = this.#producer);
    this.#producer = null;
    try {
      // The consumer has stopped: what is still on its way will be rejected again by whoever takes the partition over.
      await this.#deadLetters?.close();
      await producer?.close({ timeoutMs });
    } catch (error) {
      if (this.#logger !== null) writeEvent(this.#logger, 'producer-close-failed', { err: error }, 'The producer could not be closed');
    }
  }

  /** Whatever a transport does, the stop ends. */
  async #closeTransport(): Promise<void> {
    try {
      await this.#transport?.close();
    } catch (error) {
      if (this.#logger !== null) writeEvent(this.#logger, 'transport-close-failed', { err: error }, 'The transport could not be closed');
    }
  }

  /** What ended the consumer while a stop was under way. */
  async #consumerFailure(): Promise<KafkaError | null> {
    if (this.#consumer === null || this.#consumer.state !== 'failed') return null;
    return this.#consumer.stopped.then(
      () => null,
      (error: unknown) => error as KafkaError,
    );
  }
}

/** Two managers on one transport: the first that stops would close it under the other. */
function takeOver(transport: Transport): void {
  if (TAKEN.has(transport))
    throw new KafkaError('MANAGER_STATE', 'This transport belongs to another manager, which closes it when it stops; make one for each.');
  TAKEN.add(transport);
}
