/**
 * Transports with one defect each, made from a good one. The conformance suite must fail every one of them, in the case
 * that is named here: a suite that a broken transport passes proves nothing.
 */
import type { TransportAdmin } from '../../src/admin.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type {
  AssignedPartition,
  Assignment,
  ConsumerListener,
  PartitionCommit,
  PartitionEpoch,
  ProduceBatch,
  Transport,
  TransportBatch,
  TransportConsumer,
  TransportProducer,
} from '../../src/transport.ts';

export interface Defect {
  readonly name: string;
  /** Part of the name of a case that must fail. */
  readonly caughtBy: string;
  /** Part of what it must say. */
  readonly says: RegExp;
  readonly listener?: (good: ConsumerListener, consumer: () => TransportConsumer, memory: Memory) => Partial<ConsumerListener>;
  readonly consumer?: (good: TransportConsumer, listener: ConsumerListener, memory: Memory) => Partial<TransportConsumer>;
  readonly producer?: (good: TransportProducer) => Partial<TransportProducer>;
  readonly admin?: (good: TransportAdmin) => Partial<TransportAdmin>;
  readonly transport?: (good: Transport) => Partial<Transport>;
}

/** What a defect remembers of one consumer. */
interface Memory {
  assigned: readonly PartitionEpoch[];
  delivered: PartitionCommit | null;
}

/** The good transport with the defect. */
export function withDefect(good: Transport, defect: Defect): Transport {
  return {
    name: good.name,
    capabilities: good.capabilities,
    admin: { ...bound(good.admin), ...defect.admin?.(good.admin) },
    connect: (options) => good.connect(options),
    createConsumer(options, listener) {
      const made: { consumer?: TransportConsumer } = {};
      const memory: Memory = { assigned: [], delivered: null };
      const told: ConsumerListener = { ...bound(listener), ...defect.listener?.(listener, () => made.consumer!, memory) };
      const consumer = good.createConsumer(options, told);
      made.consumer = consumer;
      return { ...bound(consumer), ...defect.consumer?.(consumer, listener, memory) };
    },
    createProducer(options) {
      const producer = good.createProducer(options);
      return { ...bound(producer), ...defect.producer?.(producer) };
    },
    close: () => good.close(),
    ...defect.transport?.(good),
  };
}

/** All methods of an object, of its classes too, bound to it. */
function bound<Target extends object>(target: Target): Target {
  const methods: Record<string, unknown> = {};
  for (
    let level: object | null = target;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'function' && name !== 'constructor') methods[name] ??= value.bind(target) as unknown;
    }
  }
  return methods as Target;
}

function eachRecord(change: (record: KafkaRecord) => KafkaRecord): NonNullable<Defect['listener']> {
  return (good) => ({ batch: (batch) => good.batch({ ...batch, records: batch.records.map(change) }) });
}

function eachBatch(change: (batch: TransportBatch) => TransportBatch): NonNullable<Defect['listener']> {
  return (good) => ({ batch: (batch) => good.batch(change(batch)) });
}

function eachAssigned(change: (partition: AssignedPartition) => AssignedPartition): NonNullable<Defect['listener']> {
  return (good) => ({
    assigned: (assignment: Assignment) => good.assigned({ ...assignment, partitions: assignment.partitions.map(change) }),
  });
}

function eachProduced(change: (batch: ProduceBatch) => ProduceBatch): NonNullable<Defect['producer']> {
  return (good) => ({ produce: (batches) => good.produce(batches.map(change)) });
}

const acknowledgeAll: TransportConsumer['commit'] = (offsets) =>
  Promise.resolve(offsets.map((each) => ({ ...each, outcome: 'acknowledged' })));
const keyOf = ({ topic, partition }: { readonly topic: string; readonly partition: number }): string => `${topic}/${partition}`;

export const DEFECTS: readonly Defect[] = [
  {
    name: 'nextOffset is one too high',
    caughtBy: 'batches follow each other',
    says: /nextOffset|fetched from/,
    listener: eachBatch((batch) => ({ ...batch, nextOffset: batch.nextOffset + 1 })),
  },
  {
    name: 'nextOffset is the last record',
    caughtBy: 'batches follow each other',
    says: /is next, but has records/,
    listener: eachBatch((batch) => ({ ...batch, nextOffset: batch.nextOffset - 1 })),
  },
  {
    name: 'fetchedFrom is the first record',
    caughtBy: 'inside a produced batch',
    says: /fetched from/,
    listener: eachBatch((batch) => ({ ...batch, fetchedFrom: 0 })),
  },
  {
    name: 'records below the fetch offset are not trimmed',
    caughtBy: 'inside a produced batch',
    says: /offset 3 where at least 4/,
    listener: eachBatch((batch) => ({
      ...batch,
      records: batch.records[0] === undefined ? [] : [{ ...batch.records[0], offset: batch.fetchedFrom - 1 }, ...batch.records],
    })),
  },
  {
    name: 'a null value turns empty',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, value: record.value ?? new Uint8Array() })),
  },
  {
    name: 'an empty value turns null',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, value: record.value?.length === 0 ? null : record.value })),
  },
  {
    name: 'a null key turns empty',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, key: record.key ?? new Uint8Array() })),
  },
  {
    name: 'values are decoded as text',
    caughtBy: 'null, empty and other',
    says: /records: expected/,
    listener: eachRecord((record) => ({
      ...record,
      value: record.value && new TextEncoder().encode(new TextDecoder().decode(record.value)),
    })),
  },
  {
    name: 'tombstones are left out',
    caughtBy: 'null, empty and other',
    says: /the records/,
    listener: eachBatch((batch) => ({ ...batch, records: batch.records.filter(({ value }) => value !== null) })),
  },
  {
    name: 'headers are dropped',
    caughtBy: 'header values of a name',
    says: /headers: expected/,
    listener: eachRecord((record) => ({ ...record, headers: [] })),
  },
  {
    name: 'headers go through an object',
    caughtBy: 'headers come exactly',
    says: /records: expected/,
    listener: eachRecord((record) => ({ ...record, headers: Object.entries(Object.fromEntries(record.headers)) })),
  },
  {
    name: 'timestamp 0 becomes now',
    caughtBy: 'timestamps come as',
    says: /timestamps: expected/,
    listener: eachRecord((record) => ({ ...record, timestamp: record.timestamp || 1_763_900_000_000 })),
  },
  {
    name: 'a batch before fetchFrom',
    caughtBy: 'nothing is delivered before fetchFrom',
    says: /before fetchFrom asked/,
    listener: (good, consumer) => ({
      assigned(assignment) {
        good.assigned(assignment);
        for (const partition of assignment.partitions) if (partition.partition > 1) consumer().fetchFrom(partition, 0);
      },
    }),
  },
  {
    name: 'a dropped batch is followed by the next',
    caughtBy: 'a dropped batch is forgotten',
    says: /before fetchFrom asked|batches after the drop/,
    listener: (good, consumer) => ({
      batch(batch) {
        const answer = good.batch(batch);
        if (answer === 'dropped') queueMicrotask(() => consumer().fetchFrom(batch, batch.fetchedFrom));
        return answer;
      },
    }),
  },
  {
    name: 'resume is forgotten',
    caughtBy: 'after pause at most one',
    says: /the records after resume/,
    consumer: () => ({ resume: () => {} }),
  },
  {
    name: 'pause is forgotten',
    caughtBy: 'after pause at most one',
    says: /batches came after pause/,
    consumer: () => ({ pause: () => {} }),
  },
  {
    name: 'an empty fetch delivers a null record',
    caughtBy: 'at the log end delivers nothing',
    says: /no record/,
    consumer: (good, listener) => ({
      fetchFrom(partition, offset) {
        good.fetchFrom(partition, offset);
        const unknown = { logStartOffset: null, highWatermark: null, lastStableOffset: null, leaderEpoch: null };
        if (offset > 0)
          queueMicrotask(() =>
            listener.batch({ ...partition, ...unknown, fetchedFrom: offset, nextOffset: offset, records: [null as never] }),
          );
      },
    }),
  },
  {
    name: 'a large record is left out',
    caughtBy: 'larger than the limit',
    says: /four large records/,
    listener: eachBatch((batch) => ({ ...batch, records: batch.records.filter(({ value }) => (value?.length ?? 0) < 10_000) })),
  },
  {
    name: 'the high watermark is made up',
    caughtBy: 'tells log start and high watermark',
    says: /highWatermark is/,
    listener: eachBatch((batch) => ({ ...batch, highWatermark: batch.nextOffset + 1 })),
  },
  {
    name: 'a rejoin reads no offsets',
    caughtBy: 'a rebalance erases no',
    says: /told at the last assignment/,
    listener: eachAssigned((partition) => ({ ...partition, committedOffset: null })),
  },
  {
    name: 'pause outlives its epoch',
    caughtBy: 'a pause ends with its epoch',
    says: /to deliver/,
    consumer: (good) => {
      const paused = new Set<string>();
      return {
        pause(partitions) {
          for (const each of partitions) paused.add(keyOf(each));
          good.pause(partitions);
        },
        fetchFrom(partition, offset) {
          good.fetchFrom(partition, offset);
          if (paused.has(keyOf(partition))) good.pause([partition]);
        },
      };
    },
  },
  {
    name: 'a commit is swallowed',
    caughtBy: 'an acknowledged commit is stored',
    says: /offsets after a commit of 0/,
    consumer: () => ({ commit: acknowledgeAll }),
  },
  {
    name: 'offset 0 is not committed',
    caughtBy: 'an acknowledged commit is stored',
    says: /offsets after a commit of 0/,
    consumer: (good) => ({
      commit: (offsets) => (offsets.every(({ offset }) => offset === 0) ? acknowledgeAll(offsets) : good.commit(offsets)),
    }),
  },
  {
    name: 'a commit is one too low',
    caughtBy: 'an acknowledged commit is stored',
    says: /offsets after a commit of 4/,
    consumer: (good) => ({
      commit: async (offsets) => {
        const lower = offsets.map((each) => ({ ...each, offset: Math.max(each.offset - 1, 0) }));
        return (await good.commit(lower)).map((result, index) => ({ ...result, offset: offsets[index]!.offset }));
      },
    }),
  },
  {
    name: 'only the last partition is committed',
    caughtBy: 'one answer for each offset',
    says: /offsets stored/,
    consumer: (good) => ({
      commit: async (offsets) => [...(await acknowledgeAll(offsets.slice(0, -1))), ...(await good.commit(offsets.slice(-1)))],
    }),
  },
  {
    name: 'answers come in another order',
    caughtBy: 'one answer for each offset',
    says: /the answers/,
    consumer: (good) => ({ commit: async (offsets) => [...(await good.commit(offsets))].reverse() }),
  },
  {
    name: 'commits never go down',
    caughtBy: 'a lower offset is stored',
    says: /a lower commit/,
    consumer: (good) => {
      const highest = new Map<string, number>();
      return {
        commit(offsets) {
          const rising = offsets.filter((each) => each.offset >= (highest.get(keyOf(each)) ?? 0));
          for (const each of rising) highest.set(keyOf(each), each.offset);
          return rising.length === offsets.length ? good.commit(offsets) : acknowledgeAll(offsets);
        },
      };
    },
  },
  {
    name: 'commit metadata is not sent',
    caughtBy: 'a new member reads',
    says: /what is told/,
    consumer: (good) => ({ commit: (offsets) => good.commit(offsets.map((each: PartitionCommit) => ({ ...each, metadata: null }))) }),
  },
  {
    name: 'commit metadata is not read',
    caughtBy: 'a new member reads',
    says: /what is told/,
    listener: eachAssigned((partition) => ({ ...partition, committedMetadata: null })),
  },
  {
    name: 'a stored offset always reads 0',
    caughtBy: 'a new member reads',
    says: /what is told/,
    listener: eachAssigned((partition) => ({ ...partition, committedOffset: 0 })),
  },
  {
    name: 'no commit reads as 0',
    caughtBy: 'start resolves when',
    says: /what is committed in a new group/,
    listener: eachAssigned((partition) => ({ ...partition, committedOffset: partition.committedOffset ?? 0 })),
  },
  {
    name: 'the log end is a guess',
    caughtBy: 'start resolves when',
    says: /log start and end/,
    listener: eachAssigned((partition) => ({ ...partition, logEndOffset: partition.logStartOffset })),
  },
  {
    name: 'a refusal passes for success',
    caughtBy: 'metadata that is too long',
    says: /the answers/,
    consumer: (good) => ({ commit: async (offsets) => (await good.commit(offsets), acknowledgeAll(offsets)) }),
  },
  {
    name: 'a commit is tried again inside',
    caughtBy: 'a refused commit tells',
    says: /the answer/,
    consumer: (good) => ({
      async commit(offsets) {
        const results = await good.commit(offsets);
        return results.some(({ outcome }) => outcome !== 'acknowledged') ? good.commit(offsets) : results;
      },
    }),
  },
  {
    name: 'a commit of an old epoch goes out in the current one',
    caughtBy: 'an epoch that is over is refused',
    says: /outcomes of commits of an old epoch/,
    listener: (good, _, memory) => ({
      assigned(assignment) {
        memory.assigned = assignment.partitions;
        good.assigned(assignment);
      },
    }),
    consumer: (good, _, memory) => ({
      commit: async (offsets) => {
        const answers = await good.commit(
          offsets.map((each) => ({ ...each, ...memory.assigned[0]!, offset: each.offset, metadata: each.metadata })),
        );
        return answers.map((answer, index) => ({ ...answer, ...offsets[index]! }));
      },
    }),
  },
  {
    name: 'a commit waits for a turn of its own',
    caughtBy: 'a commit made inside revoked',
    says: /commits inside revoked|next owner/,
    consumer: (good) => {
      const queue: (() => void)[] = [];
      return {
        commit: (offsets) => new Promise((resolve) => queue.push(() => void good.commit(offsets).then(resolve))),
        fetchFrom(partition, offset) {
          for (const send of queue.splice(0)) send();
          good.fetchFrom(partition, offset);
        },
      };
    },
  },
  {
    name: 'epochs are used again',
    caughtBy: 'every assignment is a new epoch',
    says: /epoch|not held/,
    listener: eachAssigned((partition) => ({ ...partition, epoch: 1 })),
  },
  {
    name: 'revoked is not told',
    caughtBy: 'every assignment is a new epoch',
    says: /assigned while it was held|hold two partitions/,
    listener: () => ({ revoked: () => Promise.resolve() }),
  },
  {
    name: 'lost is told as revoked',
    caughtBy: 'evicted while it lives',
    says: /to be told|revoked/,
    listener: (good) => ({ lost: (partitions) => void good.revoked(partitions, { graceMs: 0 }) }),
  },
  {
    name: 'out of range jumps to the log start',
    caughtBy: 'below the log start is out of range',
    says: /fetched from 6, and the next one had to be from 2/,
    listener: (_, consumer) => ({ outOfRange: (range) => queueMicrotask(() => consumer().fetchFrom(range, range.logStartOffset)) }),
  },
  {
    name: 'out of range jumps to the log end',
    caughtBy: 'above the log end is out of range',
    says: /outOfRange/,
    listener: (_, consumer) => ({ outOfRange: (range) => queueMicrotask(() => consumer().fetchFrom(range, range.logEndOffset)) }),
  },
  {
    name: 'out of range stores -1 by committing the log start',
    caughtBy: 'above the log end is out of range',
    says: /offsets stored/,
    listener: (good, consumer) => ({
      outOfRange(range) {
        const { topic, partition, epoch } = range;
        void consumer().commit([{ topic, partition, epoch, offset: range.logStartOffset, metadata: null }]);
        good.outOfRange(range);
      },
    }),
  },
  {
    name: 'the log end is out of range',
    caughtBy: 'at the log end delivers nothing',
    says: /before fetchFrom asked|outOfRange/,
    consumer: (good, listener) => ({
      fetchFrom(partition, offset) {
        good.fetchFrom(partition, offset);
        if (offset > 0)
          queueMicrotask(() => listener.outOfRange({ ...partition, fetchedFrom: offset, logStartOffset: 0, logEndOffset: offset }));
      },
    }),
  },
  {
    name: 'the listener is called after stop',
    caughtBy: 'stop is quiet afterwards',
    says: /after stop/,
    consumer: (good, listener) => ({
      async stop() {
        await good.stop();
        listener.lost([], new Error('stopped') as never);
      },
    }),
  },
  {
    name: 'the listener is called from inside a call',
    caughtBy: 'at the log end delivers nothing',
    says: /from inside a call/,
    consumer: (good, listener) => ({
      fetchFrom(partition, offset) {
        good.fetchFrom(partition, offset);
        listener.warning(new Error('fetching') as never);
      },
    }),
  },
  {
    name: 'stop commits what was delivered',
    caughtBy: 'stop is quiet afterwards',
    says: /offsets stored/,
    listener: (good, _, memory) => ({
      batch(batch) {
        memory.delivered = { topic: batch.topic, partition: batch.partition, epoch: batch.epoch, offset: batch.nextOffset, metadata: null };
        return good.batch(batch);
      },
    }),
    consumer: (good, _, memory) => ({
      async stop() {
        const { delivered } = memory;
        memory.delivered = null;
        if (delivered !== null) await good.commit([delivered]);
        await good.stop();
      },
    }),
  },
  {
    name: 'stop does not leave the group',
    caughtBy: 'leaves its group at once',
    says: /hold all|came .* after/,
    consumer: (good) => ({ stop: async () => good.pause([]) }),
  },
  {
    name: 'start resolves before the assignment',
    caughtBy: 'start resolves when',
    says: /does not hold|before anything/,
    consumer: (good) => ({ start: () => (void good.start(), Promise.resolve()) }),
  },
  {
    name: 'produced nulls turn empty',
    caughtBy: 'stand in the log as they were given',
    says: /what stands in the log/,
    producer: eachProduced((batch) => ({
      ...batch,
      records: batch.records.map((record) => ({ ...record, value: record.value ?? new Uint8Array() })),
    })),
  },
  {
    name: 'produced headers are dropped',
    caughtBy: 'stand in the log as they were given',
    says: /what stands in the log/,
    producer: eachProduced((batch) => ({ ...batch, records: batch.records.map((record) => ({ ...record, headers: [] })) })),
  },
  {
    name: 'produced timestamp 0 becomes now',
    caughtBy: 'stand in the log as they were given',
    says: /what stands in the log/,
    producer: eachProduced((batch) => ({
      ...batch,
      records: batch.records.map((record) => ({ ...record, timestamp: record.timestamp || 1_763_900_000_000 })),
    })),
  },
  {
    name: 'a lost answer is produced again',
    caughtBy: 'a produce whose answer is lost',
    says: /the answer/,
    producer: (good) => ({
      async produce(batches) {
        const results = await good.produce(batches);
        return results.some(({ outcome }) => outcome === 'unknown') ? good.produce(batches) : results;
      },
    }),
  },
  {
    name: 'one refused batch fails the whole call',
    caughtBy: 'a batch that is too large',
    says: /the answers/,
    producer: (good) => ({
      async produce(batches) {
        const results = await good.produce(batches);
        const refused = results.find(({ outcome }) => outcome === 'refused');
        return refused === undefined ? results : results.map(({ topic, partition }) => ({ ...refused, topic, partition }));
      },
    }),
  },
  {
    name: 'an unknown topic is created',
    caughtBy: 'partitionCount tells',
    says: /resolved|created/,
    transport: (good) => ({
      createProducer(options) {
        const producer = good.createProducer(options);
        return {
          ...bound(producer),
          async partitionCount(topic) {
            await good.admin.createTopics([{ name: topic, partitions: 1 }]).catch(() => undefined); // it exists
            return producer.partitionCount(topic);
          },
        };
      },
    }),
  },
  {
    name: 'committedOffsets leaves out what is not stored',
    caughtBy: 'committedOffsets names every',
    says: /offsets of a new group/,
    admin: (good) => ({
      committedOffsets: async (groupId, topics) => (await good.committedOffsets(groupId, topics)).filter(({ offset }) => offset !== null),
    }),
  },
  {
    name: 'offsets by time are the log end where there is none',
    caughtBy: 'listOffsets tells',
    says: /by time|by a time/,
    admin: (good) => ({
      listOffsets: async (places, at) => (await good.listOffsets(places, at)).map((each) => ({ ...each, offset: each.offset ?? 0 })),
    }),
  },
  {
    name: 'createTopics ignores configurations',
    caughtBy: 'topics are made with',
    says: /max.message.bytes/,
    admin: (good) => ({
      createTopics: (topics) => good.createTopics(topics.map(({ name, partitions }) => ({ name, partitions }))),
    }),
  },
  {
    name: 'a group is Stable whoever is in it',
    caughtBy: 'describeGroup tells',
    says: /never used/,
    admin: (good) => ({
      describeGroup: async (groupId) => ({ ...(await good.describeGroup(groupId)), state: 'Stable' }),
    }),
  },
  {
    name: 'offsets are set below a living member',
    caughtBy: 'rejects with GROUP_NOT_EMPTY',
    says: /expected to reject/,
    admin: (good) => ({
      setCommittedOffsets: (groupId, offsets) => good.setCommittedOffsets(groupId, offsets).catch(() => undefined), // the defect
    }),
  },
  {
    name: 'createTopics ignores leaders',
    caughtBy: 'leaders are those',
    says: /leaders: expected/,
    admin: (good) => ({
      createTopics: (topics) => good.createTopics(topics.map(({ name, partitions }) => ({ name, partitions }))),
    }),
  },
];
