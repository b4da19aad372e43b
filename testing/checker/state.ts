/**
 * What the witnesses' events add up to so far: per partition its records and whether each is done, who owns it, and what
 * is committed. Every invariant sees an event first, then the state takes it in; so an invariant finds the state as it was.
 */
import { ExhaustedRecords } from './exhausted-records.ts';
import type { CallOutcome, EventOf, History, HistoryEvent } from './history.ts';
import { PromiseBook } from './promises.ts';
import { readLedgerOf, type ReadLedger } from './read-ledger.ts';
import type { Observation } from '../../src/observation.ts';

export interface RecordState {
  readonly offset: number;
  key: string | null;
  tombstone: boolean;
  /** Known to be written: its producer was told so, or the log has it. */
  written: boolean;
  removed: boolean;
  /** Its last answer in a valid epoch was Consume or Reject. */
  terminal: boolean;
  terminalMember: string | null;
  terminalEpoch: number;
  /** Rejected in this holding, and its dead letter is not acknowledged yet. Only where one was promised. */
  awaitsLetter: Holding | null;
  /** Some answer of it was Reject, valid or not, or it was given up. */
  everRejected: boolean;
  /** The last answer, valid or not, for messages. */
  lastOutcome: CallOutcome | 'stale' | null;
  lastReason: string | null;
  deliveries: number;
}

/** A partition in the hands of one member, in one epoch. */
export interface Holding {
  readonly member: string;
  readonly epoch: number;
  /** Of the group; greater when later. */
  readonly generation: number;
  readonly committedOffset: number | null;
  /** What the group's last acknowledged commit was when this holding began; null when there was none. */
  readonly acknowledgedBefore: number | null;
  /** A commit without an answer was on its way when this holding began, so the stored offset may be it. */
  readonly unknownBefore: boolean;
  readonly assignedAt: number;
  /** What the metadata that was stored with the committed offset says is done above it; null where nothing there can be believed. */
  ledger: ReadLedger | null;
  /** What its first fetch asked for. */
  fetchedFrom: number | null;
  active: boolean;
  calls: number;
}

export interface PartitionState {
  readonly topic: string;
  readonly partition: number;
  /** In offset order. */
  readonly records: readonly RecordState[];
  readonly byOffset: ReadonlyMap<number, RecordState>;
  readonly holdings: Map<string, Holding>;
  /** The latest assignment of the partition, by whatever member. */
  owner: Holding | null;
  /** Records below it were never promised: the group started here. */
  baseline: number;
  /** Where the log ended at the group's first assignment: a start below it is none of `latest`. */
  firstLogEnd: number | null;
  /** As the broker was last seen to store it. */
  committed: number | null;
  acknowledged: number | null;
  /** What the group had stored is gone, by the coordinator's word: whatever comes again is explained. */
  expired: boolean;
  unknownCommits: number;
  /** Index of the first record at or above the baseline that is not done, save those in `reopened`. */
  frontier: number;
  /** Records below the frontier that were done and came open again. */
  readonly reopened: Set<RecordState>;
  /** Lowest record that retention removed before it was done; null when there is none. */
  firstRemovedOpen: number | null;
}

export interface RunningCall {
  readonly call: number;
  readonly member: string;
  readonly partition: PartitionState;
  readonly record: RecordState;
  /** The holding in which it was delivered; null when the member held nothing then. */
  readonly holding: Holding | null;
  readonly startedAt: number;
  /** The record was delivered again in the same holding, by the option that lets a lane go on beside a call that hangs. */
  superseded: boolean;
  /** Its failure was counted when its deadline had passed, and then somebody had all counts begin anew. */
  isDiscounted: boolean;
}

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
  readonly #replaced = new Set<string>();
  readonly #byTopic = new Map<string, PartitionState[]>();

  constructor(history: History) {
    this.history = history;
    this.promises = new PromiseBook(history.settings);
    this.exhausted = new ExhaustedRecords(this);
    for (const [topic, partitions] of collectOffsets(history)) {
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
    const found = this.#byTopic.get(where.topic)?.[where.partition];
    if (found === undefined) throw new RangeError(`No events of ${where.topic}-${where.partition} were collected`);
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
        if (event.leaderEpoch !== undefined && event.accepted)
          disbelieve(activeHolding(this.partition(event), event.member), event.leaderEpoch);
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
      case 'observed':
        this.#observed(event.observation, event.at);
        return;
      case 'fault':
        if (event.fault.kind === 'clock-jumped') this.exhausted.jumped(event.fault.member);
        return;
      case 'client-commit-settled':
        settleCommit(this.partition(event), event);
        return;
      case 'committed': {
        const partition = this.partition(event);
        if (isUnstored(partition) && partition.owner === null && event.offset !== null) {
          rebase(partition, event.offset);
        }
        if (event.offset !== null) settleStart(partition, event.offset);
        if (partition.committed !== null || event.offset !== null) partition.expired = event.offset === null;
        partition.committed = event.offset;
        return;
      }
      case 'call-started': {
        const partition = this.partition(event);
        const record = partition.byOffset.get(event.offset);
        if (record === undefined) return;
        const holding = activeHolding(partition, event.member);
        if (holding !== null) holding.calls += 1;
        record.deliveries += 1;
        if (this.promises.of(event.topic).overlapAfterMs !== null) this.#supersede(event.member, record);
        const running = {
          call: event.call,
          member: event.member,
          partition,
          record,
          holding,
          startedAt: event.at,
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
    const holding: Holding = {
      member: event.member,
      epoch: event.epoch,
      generation: event.generation,
      committedOffset: event.committedOffset,
      acknowledgedBefore: partition.expired ? null : partition.acknowledged,
      unknownBefore: partition.unknownCommits > 0,
      assignedAt: event.at,
      ledger: believable(event),
      fetchedFrom: null,
      active: true,
      calls: 0,
    };
    partition.firstLogEnd ??= event.logEndOffset;
    if (event.committedOffset === null && isUnstored(partition)) {
      rebase(partition, this.history.settings.offsetReset === 'latest' ? event.logEndOffset : event.logStartOffset);
    }
    partition.holdings.set(event.member, holding);
    // A process that stood still may hear of an assignment when the group is a generation further: it owns nothing.
    if (partition.owner === null || event.generation >= partition.owner.generation) partition.owner = holding;
  }

  /**
   * Under `latest`, a group whose start is not stored yet may start anywhere from the log's end at its first assignment to
   * the log's end now: a member that remembers the earlier one loses less.
   */
  #start(event: EventOf<'client-fetch-from'>): void {
    const partition = this.partition(event);
    const holding = activeHolding(partition, event.member);
    if (holding !== null) holding.fetchedFrom ??= event.offset;
    if (this.history.settings.offsetReset !== 'latest' || holding === null || holding.committedOffset !== null || holding.calls > 0) return;
    if (event.offset >= (partition.firstLogEnd ?? 0) && event.offset < partition.baseline) rebase(partition, event.offset);
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
    if (observation.kind === 'lane-halted') this.exhausted.halted(record, holding);
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
      running.superseded = true;
      this.exhausted.overtaken(running);
    }
  }
}

/** A ledger of another offset says nothing, and one that claims what the log does not have is of another log. */
function believable(event: EventOf<'client-assigned'>): ReadLedger | null {
  const ledger = readLedgerOf(event.committedMetadata);
  if (ledger === null || ledger.base !== event.committedOffset) return null;
  return (ledger.runs.at(-1)?.to ?? 0) > event.logEndOffset ? null : ledger;
}

/**
 * Leader epochs ascend with the offsets of a log: behind a record of a later one than the ledger knows there may be others than
 * those that it claims, so that a consumer that is careful believes it no longer.
 */
function disbelieve(holding: Holding | null, leaderEpoch: number): void {
  const known = holding?.ledger?.leaderEpoch ?? null;
  if (holding !== null && known !== null && leaderEpoch > known) holding.ledger = null;
}

/** Nothing is known of any offset that the group has stored. */
function isUnstored(partition: PartitionState): boolean {
  return partition.committed === null && partition.acknowledged === null;
}

/** Whether an answer given in this holding counts: its epoch goes on, and no other member was assigned since. */
export function isValid(partition: PartitionState, holding: Holding | null): boolean {
  return holding !== null && holding.active && partition.owner === holding;
}

export function activeHolding(partition: PartitionState, member: string): Holding | null {
  const holding = partition.holdings.get(member);
  return holding !== undefined && holding.active ? holding : null;
}

/** Records from the baseline up to `offset` (not included) that are not done: at most `limit`, the lowest of the frontier first. */
export function openBelow(partition: PartitionState, offset: number, limit = 10): readonly RecordState[] {
  const open: RecordState[] = [];
  for (const record of partition.reopened) {
    if (record.offset < offset && open.length < limit) open.push(record);
  }
  for (let index = partition.frontier; index < partition.records.length && open.length < limit; index += 1) {
    const record = partition.records[index];
    if (record === undefined || record.offset >= offset) break;
    if (!record.terminal && !record.removed) open.push(record);
  }
  return open.sort((left, right) => left.offset - right.offset);
}

/** The offset that may be committed by what is known: one past the last record that is done with nothing open before it. */
export function committableOffset(partition: PartitionState): number {
  let lowest = partition.frontier;
  for (const record of partition.reopened) {
    while (lowest > 0 && (partition.records[lowest - 1]?.offset ?? -1) >= record.offset) lowest -= 1;
  }
  // What retention removed before it was done may still be in somebody's hands.
  const removed = partition.firstRemovedOpen;
  while (removed !== null && lowest > 0 && (partition.records[lowest - 1]?.offset ?? -1) >= removed) lowest -= 1;
  const last = partition.records[lowest - 1];
  return last === undefined || last.offset < partition.baseline ? partition.baseline : last.offset + 1;
}

/** One past the last of the records that were done in this holding with nothing open before them; its start where there is none. */
export function doneInHolding(partition: PartitionState, holding: Holding): number {
  let done = holding.committedOffset ?? partition.baseline;
  for (let index = firstRecordFrom(partition, done); index < partition.records.length; index += 1) {
    const record = partition.records[index];
    const here = record?.terminal === true && record.terminalMember === holding.member && record.terminalEpoch === holding.epoch;
    // What retention removed is nobody's to commit: whoever handles it still, does so from memory.
    if (record === undefined || !here) break;
    done = record.offset + 1;
  }
  return done;
}

/** Index of the first record at or above an offset. */
export function firstRecordFrom(partition: PartitionState, offset: number): number {
  let low = 0;
  let high = partition.records.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((partition.records[middle]?.offset ?? 0) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

function setTerminal(partition: PartitionState, record: RecordState, terminal: boolean): void {
  record.terminal = terminal;
  const atFrontier = partition.records[partition.frontier];
  const below = atFrontier === undefined || record.offset < atFrontier.offset;
  if (terminal) {
    partition.reopened.delete(record);
    advanceFrontier(partition);
  } else if (below && record.offset >= partition.baseline && !record.removed) {
    partition.reopened.add(record);
  }
}

function advanceFrontier(partition: PartitionState): void {
  for (;;) {
    const record = partition.records[partition.frontier];
    if (record === undefined || !(record.terminal || record.removed || record.offset < partition.baseline)) return;
    partition.frontier += 1;
  }
}

function rebase(partition: PartitionState, baseline: number): void {
  partition.baseline = baseline;
  partition.frontier = 0;
  partition.reopened.clear();
  advanceFrontier(partition);
}

function removeBelow(partition: PartitionState, offset: number): void {
  for (const record of partition.records) {
    if (record.offset >= offset) break;
    record.removed = true;
    if (!record.terminal && record.offset >= partition.baseline) partition.firstRemovedOpen ??= record.offset;
    partition.reopened.delete(record);
  }
  advanceFrontier(partition);
}

function endHolding(partition: PartitionState, member: string, epoch: number): void {
  const holding = partition.holdings.get(member);
  if (holding !== undefined && holding.epoch === epoch) holding.active = false;
}

/** The first offset that is stored says where a group under `latest` has started, if that is below what was taken for its start. */
function settleStart(partition: PartitionState, stored: number): void {
  if (isUnstored(partition) && partition.firstLogEnd !== null && stored >= partition.firstLogEnd && stored < partition.baseline)
    rebase(partition, stored);
}

function settleCommit(partition: PartitionState, event: EventOf<'client-commit-settled'>): void {
  if (event.outcome === 'acknowledged') {
    settleStart(partition, event.offset);
    partition.acknowledged = event.offset;
  }
  if (event.outcome === 'unknown') partition.unknownCommits += 1;
}

function markWritten(partition: PartitionState, event: EventOf<'produced'>): void {
  const record = partition.byOffset.get(event.offset);
  if (record === undefined) return;
  record.written = true;
}

function collectOffsets(history: History): Map<string, Map<number, Map<number, EventOf<'produced'> | null>>> {
  const topics = new Map<string, Map<number, Map<number, EventOf<'produced'> | null>>>();
  const offsetsOf = (topic: string, partition: number): Map<number, EventOf<'produced'> | null> => {
    let partitions = topics.get(topic);
    if (partitions === undefined) topics.set(topic, (partitions = new Map()));
    let offsets = partitions.get(partition);
    if (offsets === undefined) partitions.set(partition, (offsets = new Map()));
    return offsets;
  };
  // Of a log that was replaced only what it was before is judged: the same offset may have been another record, or none.
  const replaced = new Set<string>();
  for (const event of history.events) {
    if (event.kind === 'log-replaced') replaced.add(`${event.topic}-${event.partition}`);
    if ('topic' in event && replaced.has(`${event.topic}-${event.partition}`)) offsetsOf(event.topic, event.partition);
    else if (event.kind === 'produced') offsetsOf(event.topic, event.partition).set(event.offset, event);
    else if (event.kind === 'call-started') {
      const offsets = offsetsOf(event.topic, event.partition);
      if (!offsets.has(event.offset)) offsets.set(event.offset, null);
    } else if ('topic' in event) offsetsOf(event.topic, event.partition);
  }
  for (const log of history.logs) {
    const offsets = offsetsOf(log.topic, log.partition);
    if (replaced.has(`${log.topic}-${log.partition}`)) continue;
    for (const offset of log.offsets) if (!offsets.has(offset)) offsets.set(offset, null);
  }
  return topics;
}

function makePartition(
  topic: string,
  partition: number,
  offsets: ReadonlyMap<number, EventOf<'produced'> | null>,
  history: History,
): PartitionState {
  const records: RecordState[] = [];
  for (const [offset, produced] of offsets) {
    records.push({
      offset,
      key: produced?.key ?? null,
      tombstone: produced?.tombstone ?? false,
      written: false,
      removed: false,
      terminal: false,
      terminalMember: null,
      terminalEpoch: -1,
      awaitsLetter: null,
      everRejected: false,
      lastOutcome: null,
      lastReason: null,
      deliveries: 0,
    });
  }
  records.sort((left, right) => left.offset - right.offset);
  return {
    topic,
    partition,
    records,
    byOffset: new Map(records.map((record) => [record.offset, record])),
    holdings: new Map(),
    owner: null,
    // Under `latest` nothing is promised before the group's first assignment.
    baseline: history.settings.offsetReset === 'latest' ? Number.MAX_SAFE_INTEGER : 0,
    firstLogEnd: null,
    committed: null,
    acknowledged: null,
    expired: false,
    unknownCommits: 0,
    frontier: history.settings.offsetReset === 'latest' ? records.length : 0,
    reopened: new Set(),
    firstRemovedOpen: null,
  };
}
