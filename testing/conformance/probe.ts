import type { KafkaError } from '../../src/errors.ts';
import type {
  AssignedPartition,
  Assignment,
  ConsumerListener,
  OffsetRange,
  PartitionEpoch,
  TopicPartition,
  Transport,
  TransportBatch,
  TransportConsumer,
  TransportConsumerOptions,
} from '../../src/transport.ts';

/** A partition as the probe holds it: from `assigned` until it is taken away. */
export interface HeldPartition extends AssignedPartition {
  /** Where the next batch must have been fetched from; null while nothing may come. */
  position: number | null;
  /** Records of all accepted batches of this epoch, in order. */
  readonly batches: TransportBatch[];
}

export type ProbeEvent =
  | { readonly kind: 'assigned'; readonly assignment: Assignment }
  | { readonly kind: 'revoked'; readonly partitions: readonly PartitionEpoch[] }
  | { readonly kind: 'lost'; readonly partitions: readonly PartitionEpoch[] }
  | { readonly kind: 'batch'; readonly batch: TransportBatch }
  | { readonly kind: 'outOfRange'; readonly range: OffsetRange & { readonly fetchedFrom: number } }
  | { readonly kind: 'warning'; readonly error: KafkaError }
  | { readonly kind: 'failed'; readonly error: KafkaError };

export interface ProbeHooks {
  /** Default: `accepted`. */
  readonly onBatch?: (batch: TransportBatch) => 'accepted' | 'dropped';
  readonly onRevoked?: (partitions: readonly PartitionEpoch[]) => Promise<void>;
}

/**
 * A consumer and a listener that writes everything down, and holds the transport to the rules that are true in every
 * case: who may be told what, when, and in which order. What breaks one of them is a violation, whatever the case is about.
 */
export class Probe {
  readonly consumer: TransportConsumer;
  readonly events: ProbeEvent[] = [];
  readonly violations: string[] = [];
  readonly held: Map<string, HeldPartition> = new Map();
  readonly #hooks: ProbeHooks;
  #highestEpoch = -Infinity;
  #inListener = false;
  #inConsumer = false;
  #stopCalled = false;

  constructor(transport: Transport, options: TransportConsumerOptions, hooks: ProbeHooks = {}) {
    this.#hooks = hooks;
    const consumer = transport.createConsumer(options, this.#listener());
    const calling = <Result>(call: () => Result): Result => {
      this.#inConsumer = true;
      try {
        return call();
      } finally {
        this.#inConsumer = false;
      }
    };
    this.consumer = {
      start: () => calling(() => consumer.start()),
      fetchFrom: (partition, offset) => {
        const held = this.#current(partition);
        if (held !== undefined) held.position = offset;
        calling(() => consumer.fetchFrom(partition, offset));
      },
      pause: (partitions) => calling(() => consumer.pause(partitions)),
      resume: (partitions) => calling(() => consumer.resume(partitions)),
      commit: (offsets) => calling(() => consumer.commit(offsets)),
      fetchTurnedAt: () => calling(() => consumer.fetchTurnedAt?.() ?? null),
      stop: () => {
        this.#stopCalled = true;
        return calling(() => consumer.stop());
      },
    };
  }

  /** The partition as it is held now; throws when it is not. */
  partition(topic: string, partition: number): HeldPartition {
    const held = this.held.get(keyOf({ topic, partition }));
    if (held === undefined)
      throw new Error(`the member does not hold ${topic}/${partition}; it holds ${[...this.held.keys()].join(', ') || 'nothing'}`);
    return held;
  }

  /** Records that the partition's current epoch delivered. */
  recordsOf(topic: string, partition: number): TransportBatch['records'][number][] {
    return this.partition(topic, partition).batches.flatMap(({ records }) => records);
  }

  eventsOf<Kind extends ProbeEvent['kind']>(kind: Kind): Extract<ProbeEvent, { kind: Kind }>[] {
    return this.events.filter((event): event is Extract<ProbeEvent, { kind: Kind }> => event.kind === kind);
  }

  #current(partition: PartitionEpoch): HeldPartition | undefined {
    const held = this.held.get(keyOf(partition));
    return held?.epoch === partition.epoch ? held : undefined;
  }

  #violated(what: string): void {
    this.violations.push(what);
  }

  /** Wraps what is told: one call at a time, none from inside a call of ours, none after stop. */
  #told<Result>(what: string, take: () => Result): Result {
    if (this.#stopCalled) this.#violated(`${what} was told after stop was called`);
    if (this.#inListener) this.#violated(`${what} was told while another listener call was running`);
    if (this.#inConsumer) this.#violated(`${what} was told from inside a call to the consumer`);
    const outer = this.#inListener;
    this.#inListener = true;
    try {
      return take();
    } finally {
      this.#inListener = outer;
    }
  }

  #listener(): ConsumerListener {
    return {
      assigned: (assignment) => this.#told('assigned', () => this.#assigned(assignment)),
      revoked: (partitions) =>
        this.#told('revoked', () => {
          this.events.push({ kind: 'revoked', partitions });
          this.#stopDelivery('revoked', partitions);
          const settled = this.#hooks.onRevoked?.(partitions) ?? Promise.resolve();
          return settled.finally(() => this.#forget(partitions));
        }),
      lost: (partitions) =>
        this.#told('lost', () => {
          this.events.push({ kind: 'lost', partitions });
          this.#stopDelivery('lost', partitions);
          this.#forget(partitions);
        }),
      batch: (batch) => this.#told('batch', () => this.#batch(batch)),
      outOfRange: (range) => this.#told('outOfRange', () => this.#outOfRange(range)),
      warning: (error) => this.#told('warning', () => void this.events.push({ kind: 'warning', error })),
      failed: (error) =>
        this.#told('failed', () => {
          this.events.push({ kind: 'failed', error });
          if (this.held.size > 0) this.#violated(`failed was told while ${[...this.held.keys()].join(', ')} were held: lost comes first`);
        }),
    };
  }

  #assigned(assignment: Assignment): void {
    this.events.push({ kind: 'assigned', assignment });
    if (assignment.memberId === '') this.#violated('assigned has an empty member id');
    for (const partition of assignment.partitions) {
      const key = keyOf(partition);
      if (this.held.has(key)) this.#violated(`${key} was assigned while it was held`);
      if (partition.epoch <= this.#highestEpoch)
        this.#violated(`epoch ${partition.epoch} of ${key} is not greater than those before (${this.#highestEpoch})`);
      this.held.set(key, { ...partition, position: null, batches: [] });
    }
    this.#highestEpoch = Math.max(this.#highestEpoch, ...assignment.partitions.map(({ epoch }) => epoch));
  }

  #batch(batch: TransportBatch): 'accepted' | 'dropped' {
    this.events.push({ kind: 'batch', batch });
    const key = keyOf(batch);
    const held = this.#current(batch);
    if (held === undefined) {
      this.#violated(`a batch of ${key} in epoch ${batch.epoch}, which is not held`);
      return 'dropped';
    }
    if (held.position === null) this.#violated(`a batch of ${key} from ${batch.fetchedFrom} before fetchFrom asked for any`);
    else if (batch.fetchedFrom !== held.position)
      this.#violated(`a batch of ${key} was fetched from ${batch.fetchedFrom}, and the next one had to be from ${held.position}`);
    this.#checkContent(key, batch);
    const answer = this.#hooks.onBatch?.(batch) ?? 'accepted';
    held.position = answer === 'accepted' ? batch.nextOffset : null;
    if (answer === 'accepted') held.batches.push(batch);
    return answer;
  }

  #checkContent(key: string, batch: TransportBatch): void {
    let least = batch.fetchedFrom;
    for (const record of batch.records) {
      if (record === null || record === undefined) {
        this.#violated(`a batch of ${key} has ${String(record)} where there is no record`);
        continue;
      }
      if (record.topic !== batch.topic || record.partition !== batch.partition)
        this.#violated(`a batch of ${key} has a record of ${keyOf(record)}`);
      if (record.offset < least)
        this.#violated(`a batch of ${key} fetched from ${batch.fetchedFrom} has offset ${record.offset} where at least ${least} was due`);
      least = record.offset + 1;
    }
    if (batch.nextOffset < least)
      this.#violated(`a batch of ${key} says that ${batch.nextOffset} is next, but has records up to ${least - 1}`);
  }

  #outOfRange(range: OffsetRange & { readonly fetchedFrom: number }): void {
    this.events.push({ kind: 'outOfRange', range });
    const held = this.#current(range);
    if (held === undefined) this.#violated(`outOfRange of ${keyOf(range)} in epoch ${range.epoch}, which is not held`);
    else held.position = null;
  }

  #stopDelivery(what: string, partitions: readonly PartitionEpoch[]): void {
    for (const partition of partitions) {
      const held = this.#current(partition);
      if (held === undefined) this.#violated(`${what} names ${keyOf(partition)} in epoch ${partition.epoch}, which is not held`);
      else held.position = null;
    }
  }

  #forget(partitions: readonly PartitionEpoch[]): void {
    for (const partition of partitions) if (this.#current(partition) !== undefined) this.held.delete(keyOf(partition));
  }
}

function keyOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}

/** For messages. */
export function describeEvent(event: ProbeEvent): string {
  const place = ({ partition, epoch }: PartitionEpoch): string => `${partition}@${epoch}`;
  switch (event.kind) {
    case 'assigned':
      return `assigned ${event.assignment.partitions.map(place).join(' ') || 'nothing'}`;
    case 'revoked':
    case 'lost':
      return `${event.kind} ${event.partitions.map(place).join(' ')}`;
    case 'batch':
      return `batch ${place(event.batch)} ${event.batch.fetchedFrom}→${event.batch.nextOffset} (${event.batch.records.length})`;
    case 'outOfRange':
      return `outOfRange ${place(event.range)} at ${event.range.fetchedFrom}`;
    case 'warning':
    case 'failed':
      return `${event.kind} ${event.error.message}`;
  }
}
