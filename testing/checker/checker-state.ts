/**
 * What the witnesses' events add up to so far: per partition its records and whether each is done, who owns it, and what
 * is committed. Every invariant sees an event first, then the state takes it in; so an invariant finds the state as it was.
 */
import { ExhaustedRecords } from './exhausted-records.ts';
import { startAtAssignment, startAtFetch } from './group-start.ts';
import type { CallOutcome, EventOf, History, HistoryEvent } from './history.ts';
import type { Holding } from './holding.ts';
import { offsetsOfHistory } from './offsets-of-history.ts';
import { removeBelow, setTerminal, writtenIn } from './open-records.ts';
import { activeHolding, beginHolding, disbelieve, endHolding, isValid } from './ownership.ts';
import { makePartition, type PartitionState } from './partition-state.ts';
import { PromiseBook } from './promises.ts';
import type { RecordState } from './record-state.ts';
import type { RunningCall } from './running-call.ts';
import { seeStored, settleCommit } from './stored-offset.ts';
import type { Observation } from '../../src/observation.ts';

export class CheckerState {
  readonly history: History;
  readonly partitions: PartitionState[] = [];
  readonly runningCalls: Map<number, RunningCall> = new Map();
  readonly crashed: Set<string> = new Set();
  readonly promises: PromiseBook;
  /** Records that were given up by the options of their handler. */
  readonly exhausted: ExhaustedRecords;
  /** Events so far, those of replaced logs left out. */
  seen = 0;
  /** When the last of them was. */
  lastAt = 0;
  /** Members that were told that their metadata is too large: the limit is the broker's, so they write none in any partition. */
  readonly membersWithoutLedger: Set<string> = new Set();
  #hasOvertaken = false;
  readonly #replaced = new Set<string>();
  readonly #byTopic = new Map<string, PartitionState[]>();
  #lastAsked: object | null = null;
  #lastFound: PartitionState | null = null;

  constructor(history: History) {
    this.history = history;
    this.promises = new PromiseBook(history.settings);
    this.exhausted = new ExhaustedRecords(history.settings, this.promises, this.runningCalls);
    for (const [topic, partitions] of offsetsOfHistory(history)) {
      const states: PartitionState[] = [];
      for (const [partition, offsets] of partitions) {
        const state = makePartition(topic, partition, offsets, history);
        states[partition] = state;
        this.partitions.push(state);
      }
      this.#byTopic.set(topic, states);
    }
  }

  partition(where: { readonly topic: string; readonly partition: number }): PartitionState {
    // Invariant after invariant asks for that of one event.
    if (where === this.#lastAsked && this.#lastFound !== null) return this.#lastFound;
    const found = this.#byTopic.get(where.topic)?.[where.partition];
    if (found === undefined) throw new RangeError(`No events of ${where.topic}-${where.partition} were collected`);
    this.#lastAsked = where;
    this.#lastFound = found;
    return found;
  }

  /** The record that a message is about, such as `orders/0/5`; null where there is none. */
  recordNamed(message: string): RecordState | null {
    const [topic = '', partition, offset] = message.split('/');
    return this.#byTopic.get(topic)?.[Number(partition)]?.byOffset.get(Number(offset)) ?? null;
  }

  /** Whether the event is of a log that was replaced: what its offsets mean is not known any more. */
  isReplaced(event: HistoryEvent): boolean {
    if (this.#replaced.size === 0) return false;
    const where = event.kind === 'observed' ? event.observation : event;
    return 'topic' in where && this.#replaced.has(`${where.topic}-${where.partition}`);
  }

  /** What an event says of its member counts, whatever became of its log. */
  seeMember(event: HistoryEvent): void {
    if (event.kind === 'client-commit-settled' && event.code === 'OFFSET_METADATA_TOO_LARGE') this.membersWithoutLedger.add(event.member);
  }

  /** The calls that run and were begun together with the one beside which somebody wants the lane of this record to go on. */
  hungUnit({ member, besideCall, ...where }: EventOf<'decided-by-hand'>): readonly RunningCall[] {
    if (besideCall !== true || this.runningCalls.size === 0) return [];
    const record = this.partition(where).byOffset.get(where.offset);
    const running = [...this.runningCalls.values()].filter((each) => each.member === member);
    const units = new Set(running.filter((each) => each.record === record).map(({ unit }) => unit));
    return running.filter(({ unit }) => units.has(unit));
  }

  see(event: HistoryEvent): void {
    this.seen += 1;
    this.lastAt = event.at;
    switch (event.kind) {
      case 'log-replaced':
        return this.#replace(event);
      case 'produced':
        markWritten(this.partition(event), event);
        return;
      case 'log-start-moved':
        removeBelow(this.partition(event), event.offset);
        return;
      case 'client-assigned':
        this.#assign(event);
        return;
      case 'client-fetch-from':
        this.#start(event);
        return;
      case 'client-batch':
        this.#fetch(event);
        return;
      case 'client-revoked':
      case 'client-lost':
        endHolding(this.partition(event), event.member, event.epoch);
        return;
      case 'client-stopped':
      case 'member-stopped':
      case 'member-crashed':
        this.#endMember(event.member, event.kind === 'member-crashed');
        return;
      case 'client-produce-settled':
        if (event.outcome === 'acknowledged')
          for (const message of event.messages) if (message !== null) this.#letterWritten(event.topic, message, event.member);
        return;
      case 'decided-by-hand':
        this.#decide(event);
        for (const running of this.hungUnit(event)) {
          running.isOvertaken = true;
          this.#hasOvertaken = true;
        }
        return;
      case 'observed':
        this.#observed(event.observation, event.at);
        return;
      case 'fault':
        if (event.fault.kind === 'clock-jumped') this.exhausted.jumped(event.fault.member);
        return;
      case 'client-commit-settled':
        settleCommit(this.partition(event), event);
        return;
      case 'committed':
        seeStored(this.partition(event), event.offset);
        return;
      case 'call-started': {
        const partition = this.partition(event);
        const record = partition.byOffset.get(event.offset);
        if (record === undefined) return;
        const holding = activeHolding(partition, event.member);
        if (holding !== null) holding.calls += 1;
        record.deliveries += 1;
        if (this.#hasOvertaken || this.promises.of(event.topic).overlapAfterMs !== null) this.#supersede(event.member, record);
        const running = {
          call: event.call,
          member: event.member,
          partition,
          record,
          holding,
          startedAt: event.at,
          unit: event.batch ?? event.call,
          isOvertaken: false,
          superseded: false,
          isDiscounted: false,
        };
        this.runningCalls.set(event.call, running);
        return;
      }
      case 'call-ended':
        this.#endCall(event);
        return;
      default:
        return;
    }
  }

  #replace(event: EventOf<'log-replaced'>): void {
    const partition = this.partition(event);
    this.#replaced.add(`${event.topic}-${event.partition}`);
    const index = this.partitions.indexOf(partition);
    if (index >= 0) this.partitions.splice(index, 1);
    for (const running of this.runningCalls.values()) if (running.partition === partition) this.runningCalls.delete(running.call);
  }

  #assign(event: EventOf<'client-assigned'>): void {
    const partition = this.partition(event);
    startAtAssignment(partition, event, this.history.settings.offsetReset);
    beginHolding(partition, event);
  }

  /** Only a ledger goes by leader epochs. */
  #fetch(event: EventOf<'client-batch'>): void {
    const { leaderEpochs, nextOffset, accepted } = event;
    if (leaderEpochs === undefined || !accepted || this.history.settings.process?.durableLedger !== true) return;
    const partition = this.partition(event);
    leaderEpochs.forEach(({ from, leaderEpoch }, index) =>
      writtenIn(partition, { from, to: leaderEpochs[index + 1]?.from ?? nextOffset, leaderEpoch: leaderEpoch < 0 ? null : leaderEpoch }),
    );
    disbelieve(activeHolding(partition, event.member), leaderEpochs, nextOffset);
  }

  #start(event: EventOf<'client-fetch-from'>): void {
    const partition = this.partition(event);
    const holding = activeHolding(partition, event.member);
    if (holding !== null) holding.fetchedFrom ??= event.offset;
    startAtFetch(partition, holding, event.offset, this.history.settings.offsetReset);
  }

  /** A Reject is done once its mark is durable, by the owner in a then-valid epoch. */
  #letterWritten(target: string, message: string, member: string): void {
    const [topic = '', partition, offset] = message.split('/');
    if (this.promises.of(topic).deadLetterTopic !== target) return;
    const state = this.#byTopic.get(topic)?.[Number(partition)];
    const record = state?.byOffset.get(Number(offset));
    const holding = record?.awaitsLetter ?? null;
    if (state === undefined || record === undefined || holding === null || holding.member !== member || !isValid(state, holding)) return;
    record.awaitsLetter = null;
    record.terminalMember = member;
    record.terminalEpoch = holding.epoch;
    setTerminal(state, record, true);
  }

  #decide(event: EventOf<'decided-by-hand'>): void {
    const partition = this.partition(event);
    const record = partition.byOffset.get(event.offset);
    const holding = activeHolding(partition, event.member);
    if (record !== undefined && holding !== null) this.exhausted.decided(record, holding, event.decision);
  }

  #endMember(member: string, crashed: boolean): void {
    if (crashed) this.crashed.add(member);
    for (const partition of this.partitions) {
      const holding = partition.holdings.get(member);
      if (holding !== undefined) holding.active = false;
    }
    if (!crashed) return;
    for (const running of this.runningCalls.values()) {
      if (running.member === member) this.runningCalls.delete(running.call);
    }
  }

  #endCall(event: EventOf<'call-ended'>): void {
    const running = this.runningCalls.get(event.call);
    if (running === undefined) return;
    this.runningCalls.delete(event.call);
    const { partition, record, holding } = running;
    if (event.outcome === 'reject') record.everRejected = true;
    // Whoever goes on beside a call that hangs has asked not to hear of it any more.
    if (running.superseded) return;
    const wasGivenUp = this.exhausted.isGivenUp(record, holding);
    const isExhausted = !running.isDiscounted && this.exhausted.see(event, running);
    if (isExhausted) record.everRejected = true;
    record.lastReason = event.reason;
    if (!isValid(partition, holding)) {
      if (!record.terminal) record.lastOutcome = 'stale';
      return;
    }
    // It was given up when its deadline had passed; what the call says after that changes nothing.
    if (wasGivenUp) return;
    this.#settle(partition, record, holding, isExhausted ? 'reject' : event.outcome);
  }

  /** The runtime's word that a record was given up counts where the evidence bears it out. */
  #observed(observation: Observation, at: number): void {
    if (observation.kind !== 'action' && observation.kind !== 'lane-halted' && observation.kind !== 'lane-resumed') return;
    const partition = this.partition(observation);
    const record = partition.byOffset.get(observation.offset);
    const holding = activeHolding(partition, observation.member);
    if (record === undefined || holding === null || holding.epoch !== observation.epoch) return;
    if (observation.kind === 'lane-halted') this.exhausted.halted(record, holding, observation.error.code === 'HANDLER_HUNG');
    else if (observation.kind === 'lane-resumed') this.exhausted.resumed(record, holding, observation.by);
    else if (this.exhausted.giveUp(observation, record, holding, at)) {
      record.everRejected = true;
      if (isValid(partition, holding)) this.#settle(partition, record, holding, 'reject');
    }
  }

  #settle(partition: PartitionState, record: RecordState, holding: Holding | null, outcome: CallOutcome): void {
    record.lastOutcome = outcome;
    const needsLetter = outcome === 'reject' && this.promises.of(partition.topic).deadLetterTopic !== null;
    record.awaitsLetter = needsLetter ? holding : null;
    const terminal = outcome === 'consume' || (outcome === 'reject' && !needsLetter);
    record.terminalMember = terminal ? (holding?.member ?? null) : null;
    record.terminalEpoch = terminal ? (holding?.epoch ?? -1) : -1;
    setTerminal(partition, record, terminal);
  }

  #supersede(member: string, record: RecordState): void {
    for (const running of this.runningCalls.values()) {
      if (running.member !== member || running.record !== record || running.superseded) continue;
      if (!running.isOvertaken && this.promises.of(running.partition.topic).overlapAfterMs === null) continue;
      running.superseded = true;
      this.exhausted.overtaken(running);
    }
  }
}

function markWritten(partition: PartitionState, event: EventOf<'produced'>): void {
  const record = partition.byOffset.get(event.offset);
  if (record === undefined) return;
  record.written = true;
}
