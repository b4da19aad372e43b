/** `rehearse()`: handlers on an in-memory Kafka in virtual time, or on a real one, behind one small set of calls. */
import type { Clock } from '../src/clock.ts';
import { deadLetterTargets } from '../src/dead-letter/dead-letter-targets.ts';
import { readLetter } from '../src/dead-letter/read-letter.ts';
import { KafkaError } from '../src/errors.ts';
import type { Handler } from '../src/handler.ts';
import { silentLogger } from '../src/logger.ts';
import type { ManagerHealth } from '../src/manager.ts';
import { asHandler } from '../src/message-handler.ts';
import type { AnyMessageHandler } from '../src/message-handler.ts';
import type { Observation } from '../src/observation.ts';
import type { RecordMetadata } from '../src/producer/record-producer.ts';
import { quotedNames } from '../src/quoted-names.ts';
import type { KafkaRecord } from '../src/record.ts';
import type { Fault, FaultKind } from './fault.ts';
import { MemoryVenue } from './memory/memory-venue.ts';
import type { TraceEntry } from './simulation/trace.ts';
import { brokerView } from './stage/broker-view.ts';
import type { BrokerView } from './stage/broker-view.ts';
import { checkOptions } from './stage/check-options.ts';
import { groupRecords, requireRecords } from './stage/given-record.ts';
import type { StageRecord } from './stage/given-record.ts';
import { describeLags, readLags } from './stage/lag.ts';
import { ObservationLog } from './stage/observation-log.ts';
import type { StageAction } from './stage/observation-log.ts';
import { OwnRecords } from './stage/own-records.ts';
import { prepareTopics } from './stage/prepare-topics.ts';
import type { IdleOptions, ProducedRecord, RehearseOptions, StageDeadLetter } from './stage/rehearse-options.ts';
import { asText, readable } from './stage/shown-record.ts';
import { memberConfig, TroupeMember, type Troupe } from './stage/stage-member.ts';
import type { HaltedPlace, StageMember } from './stage/stage-member.ts';
import type { Venue } from './venue.ts';

/** What virtual time a stage waits at most, unless told otherwise: an hour. */
const IDLE_WITHIN_MS = 3_600_000;
/** The same in real time. */
const REAL_IDLE_WITHIN_MS = 60_000;
const OBSERVATION_LIMIT = 1_000_000;
/** Less than the five seconds after which vitest and Jest give a test up: the stage can say what hangs, and they cannot. */
const WATCHDOG_MS = 3_000;

/** Starts handlers on a stage. Resolves when the first member has joined its group; rejects with what the manager's start rejects with, and CONFIG_INVALID. */
export async function rehearse(options: RehearseOptions): Promise<Stage> {
  checkOptions(options);
  const given = options.handlers;
  const handlers = typeof given === 'function' ? given : () => given;
  const cast = handlers().map((handler) => asHandler(handler));
  const consumed = [...new Set(cast.flatMap(({ topics }) => topics))];
  const deadLetters = deadLetterTargets(cast);
  const venue =
    options.venue ??
    (options.kafka === undefined
      ? new MemoryVenue({ ...options, watchdogMs: options.watchdogMs ?? WATCHDOG_MS })
      : await openKafka(options.kafka.brokers, options.seed));
  const groupId = options.groupId ?? (venue.name === 'memory' ? 'rehearsal' : `rehearsal-${crypto.randomUUID()}`);
  try {
    await prepareTopics(venue, groupId, consumed, options.topics ?? [], deadLetters);
    const stage = new Stage({ venue, groupId, consumed, deadLetters, handlers }, options);
    if (options.start !== false) await stage.start();
    return stage;
  } catch (error) {
    await venue.close();
    throw error;
  }
}

interface StageParts {
  readonly venue: Venue;
  readonly groupId: string;
  /** The handlers' topics. */
  readonly consumed: readonly string[];
  /** The dead letter topic of each of them that has one. */
  readonly deadLetters: ReadonlyMap<string, string>;
  readonly handlers: () => readonly (Handler | AnyMessageHandler)[];
}

/** Where handlers are rehearsed: produce, wait until idle, look. Made by {@link rehearse}. */
export class Stage implements AsyncDisposable {
  readonly groupId: string;
  /** The stage's time: virtual in memory. For timestamps of records, for example. */
  readonly clock: Pick<Clock, 'now'>;
  readonly #venue: Venue;
  readonly #consumed: readonly string[];
  readonly #deadLetters: ReadonlyMap<string, string>;
  /** All that this stage has made, or found. */
  readonly #topics: readonly string[];
  readonly #log: ObservationLog;
  readonly #view: BrokerView;
  readonly #own = new OwnRecords();
  readonly #members: TroupeMember[] = [];
  readonly #troupe: Troupe;
  #fatal: { readonly error: unknown; isTold: boolean } | null = null;
  /** The watchdog has spoken: a graceful stop would only wait for it once more. */
  #isHung = false;
  #turn = 0;
  #stopped = false;

  constructor({ venue, groupId, consumed, deadLetters, handlers }: StageParts, options: RehearseOptions) {
    this.groupId = groupId;
    this.clock = venue.clock;
    this.#venue = venue;
    this.#consumed = consumed;
    this.#deadLetters = deadLetters;
    this.#log = new ObservationLog(options.observationLimit ?? OBSERVATION_LIMIT);
    const named = (options.topics ?? []).map(({ name }) => name);
    this.#topics = [...new Set([...consumed, ...named, ...deadLetters.values()])];
    this.#view = brokerView(venue, groupId, this.#topics);
    this.#troupe = {
      venue,
      config: (clientId: string) => memberConfig(options.config ?? {}, groupId, clientId),
      handlers,
      observers: [(observation: Observation) => this.#log.add(observation), ...(options.observers ?? [])],
      logger: options.logger ?? silentLogger,
      onFatal: (error: unknown) => {
        this.#fatal ??= { error, isTold: false };
        this.#log.touch();
      },
      onChange: () => this.#log.touch(),
    };
    this.#newMember();
  }

  /** Starts the first member, where `rehearse` was told not to. */
  async start(): Promise<void> {
    await this.#first().start();
  }

  /** Writes records, in no time, by a client of the stage's own. Resolves with their places, in the order given. */
  async produce(topic: string, records: readonly StageRecord[]): Promise<readonly RecordMetadata[]> {
    this.#requireOpen();
    requireRecords(topic, records);
    const groups = groupRecords(topic, records, await this.#partitionCount(topic), this.#venue.clock.now(), () => this.#turn++);
    const places: RecordMetadata[] = new Array<RecordMetadata>(records.length);
    for (const group of groups) {
      const baseOffset = await this.#venue.produce(topic, group.partition, group.records);
      this.#own.add(topic, group.partition, baseOffset, group.records.length);
      for (const [index, place] of group.indexes.entries())
        places[place] = { topic, partition: group.partition, offset: baseOffset + index };
    }
    this.#log.touch();
    return places;
  }

  /**
   * Until every record of the handlers' topics is done and committed, as the broker stores it. Rejects with STAGE_STUCK,
   * naming the open records and what happened to them, and with the error of a member that died or of a halted partition or lane.
   */
  async idle({ withinMs = this.#venue.name === 'memory' ? IDLE_WITHIN_MS : REAL_IDLE_WITHIN_MS }: IdleOptions = {}): Promise<void> {
    this.#requireMember();
    let looked = -1;
    const isIdle = (): boolean | Promise<boolean> => {
      this.#throwIfFatal();
      this.#throwIfHalted();
      // The broker is asked only when something happened that may have moved its offsets.
      if (this.#venue.name === 'memory' && looked === this.#log.changes) return false;
      looked = this.#log.changes;
      return readLags(this.#venue, this.groupId, this.#consumed).then((lags) => lags.length === 0);
    };
    try {
      await this.#venue.until(isIdle, { withinMs, describe: () => 'every record to be done' });
    } catch (error) {
      throw await this.#explain(error, withinMs);
    } finally {
      await this.#view.refresh();
    }
  }

  /** Lets so much of the stage's time pass. */
  async advance(durationMs: number): Promise<void> {
    this.#requireOpen();
    try {
      await this.#venue.advance(durationMs);
    } catch (error) {
      this.#noteHung(error);
      throw error;
    }
    await this.#view.refresh();
    this.#throwIfFatal();
  }

  /** The next request that it is meant for meets this fault. */
  fault(fault: Fault): void {
    this.#venue.inject(fault);
  }

  /** How often faults of each kind changed a reply or an event so far. */
  get faultsFired(): ReadonlyMap<FaultKind, number> {
    return this.#venue.fired;
  }

  /** As the broker stores it (on a real Kafka: at the end of the last `idle`, `advance` or `stop`); null when there is none. */
  committedOffset(topic: string, partition: number): number | null {
    this.#requireConsumed(topic);
    return this.#view.committedOffset(this.groupId, topic, partition);
  }

  /** The answers that were taken for the records of a partition, in order of time. */
  actions(topic: string, partition = 0): readonly StageAction[] {
    this.committedOffset(topic, partition); // refuses a topic or partition that is not there, where a list would be empty
    return this.#log.actions(topic, partition).map(({ partition: _, ...action }) => action);
  }

  /** What the handlers (or anybody but this stage) wrote to a topic. */
  produced(topic: string): readonly ProducedRecord[] {
    return this.records(topic)
      .filter((record) => !this.#own.has(record))
      .map(producedRecord);
  }

  /** Every record of a topic, whoever wrote it. */
  records(topic: string): readonly KafkaRecord[] {
    return this.#view.records(topic);
  }

  /** The dead letters of a handler's topic, wherever they went; none for a topic whose handler has no dead letters. */
  deadLetters(topic: string): readonly StageDeadLetter[] {
    this.#requireConsumed(topic);
    const target = this.#deadLetters.get(topic);
    if (target === undefined) return [];
    return this.records(target).flatMap((record) => {
      const letter = readLetter(record);
      return letter?.origin.topic === topic ? [{ ...producedRecord(record), letter }] : [];
    });
  }

  /** Everything that the members' runtimes decided, in order. */
  get observations(): readonly Observation[] {
    return this.#log.all;
  }

  /** The last events of the simulation; on a real Kafka the observations in their place. */
  trace(): readonly TraceEntry[] {
    if (this.#venue instanceof MemoryVenue) return this.#venue.trace();
    return this.#log.latest.map(({ at, member, kind }) => ({ at, lane: member, what: kind }));
  }

  /** All members that were ever added, the first one first. */
  get members(): readonly StageMember[] {
    return this.#members;
  }

  /** Another process in the same group. Resolves when it has joined. */
  async addMember(): Promise<StageMember> {
    this.#requireOpen();
    const member = this.#newMember();
    await member.start();
    return member;
  }

  /** The first member dies without a word. */
  async crash(): Promise<void> {
    await this.#first().crash();
  }

  /** The first member starts again: in a new life after a crash, else after a graceful stop. */
  async restart(): Promise<void> {
    this.#requireOpen();
    this.#fatal = null;
    await this.#first().restart();
  }

  /** Of the first member; null while it does not run. */
  health(): ManagerHealth | null {
    return this.#first().health();
  }

  /** Another try for a halted lane of the first member, or for all of a partition; tells how many there were. */
  retryHalted(where: HaltedPlace): number {
    return this.#first().retryHalted(where);
  }

  /** The record that halted its lane goes to the dead letters, by the first member. False when no lane is halted there. */
  deadLetterHalted(where: Required<HaltedPlace>): Promise<boolean> {
    return this.#first().deadLetterHalted(where);
  }

  /** Stops every member gracefully (one whose handler hangs, at once), then the venue. Idempotent. Rejects with a member's fatal error that nobody was told yet. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    try {
      for (const member of this.#members) if (member.running) await (this.#isHung ? member.crash() : member.leave());
      await this.#view.refresh();
    } finally {
      await this.#venue.close();
    }
    if (this.#fatal?.isTold === false) this.#throwIfFatal();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  async #partitionCount(topic: string): Promise<number> {
    try {
      const [description] = await this.#venue.admin.describeTopics([topic]);
      return description?.partitions.length ?? 0;
    } catch (cause) {
      if (!(cause instanceof KafkaError) || cause.code !== 'UNKNOWN_TOPIC') throw cause;
      const message = `There is no topic "${topic}" on this stage; there are ${this.#topics.join(', ')}. Others are made by rehearse({ topics })`;
      throw new KafkaError('UNKNOWN_TOPIC', message, { cause });
    }
  }

  #noteHung(error: unknown): void {
    if (error instanceof KafkaError && error.details['reason'] === 'hung') this.#isHung = true;
  }

  #newMember(): TroupeMember {
    const member = new TroupeMember(`member-${this.#members.length + 1}`, this.#troupe);
    this.#members.push(member);
    return member;
  }

  #first(): TroupeMember {
    return this.#members[0] as TroupeMember;
  }

  #requireOpen(): void {
    if (this.#stopped)
      throw new KafkaError('MANAGER_STATE', 'This stage is stopped: what happened on it can be looked at, but nothing more happens');
  }

  #requireMember(): void {
    this.#requireOpen();
    this.#throwIfFatal();
    if (this.#members.some(({ running }) => running)) return;
    throw new KafkaError('STAGE_STUCK', 'No member runs, so no record will ever be done: restart() or addMember() first');
  }

  #requireConsumed(topic: string): void {
    if (this.#consumed.includes(topic)) return;
    throw new KafkaError('UNKNOWN_TOPIC', `No handler on this stage consumes "${topic}"; they consume ${quotedNames(this.#consumed)}`);
  }

  #throwIfFatal(): void {
    if (this.#fatal === null) return;
    this.#fatal.isTold = true;
    throw this.#fatal.error;
  }

  #throwIfHalted(): void {
    const { halted } = this.#log;
    if (halted === null) return;
    const { place, error } = halted;
    throw new KafkaError('STAGE_STUCK', `${place} is halted, so not every record will be done: ${error.message}`, {
      cause: error,
      details: { reason: 'halted' },
    });
  }

  async #explain(error: unknown, withinMs: number): Promise<unknown> {
    if (!(error instanceof KafkaError) || error.code !== 'STAGE_STUCK') return error;
    this.#noteHung(error);
    const lags = await readLags(this.#venue, this.groupId, this.#consumed);
    if (lags.length === 0) return error;
    const described = await describeLags(this.#venue, lags, this.#log.latest);
    const time = this.#venue.name === 'memory' ? 'virtual' : 'real';
    const { reason } = error.details;
    const more = this.#isHung ? '. For real I/O that takes longer there is rehearse({ watchdogMs })' : '';
    const headline = reason === 'time-up' ? `Not idle within ${withinMs} ms of ${time} time` : `${error.message.replace(/\.$/, '')}${more}`;
    // What halted it is its cause already.
    const cause = reason === 'halted' ? error.cause : error;
    return new KafkaError('STAGE_STUCK', `${headline}. Open:\n${described}`, { cause, details: { ...error.details, lags } });
  }
}

function producedRecord(record: KafkaRecord): ProducedRecord {
  const { topic, partition, offset, key, value } = record;
  return { topic, partition, offset, key: asText(key), value: readable(value), record };
}

/** Loaded only when asked for: a rehearsal in memory needs no Kafka client. */
async function openKafka(brokers: readonly string[], seed = 1): Promise<Venue> {
  const { KafkaVenue } = await import('./kafka/kafka-venue.ts');
  return new KafkaVenue({ kafka: { brokers, version: 'given', minSessionTimeoutMs: 6_000 }, seed });
}

export type { HaltedPlace, IdleOptions, ProducedRecord, RehearseOptions, StageAction, StageDeadLetter, StageMember, StageRecord };
