import type { PartitionCommit } from '../../../src/transport.ts';
import { acknowledgeAll, eachAssigned, keyOf } from './changes.ts';
import type { Defect } from './defect.ts';

export const DEFECTS_OF_COMMITTING: readonly Defect[] = [
  {
    name: 'a rejoin reads no offsets',
    caughtBy: 'a rebalance erases no',
    says: /told at the last assignment/,
    listener: eachAssigned((partition) => ({ ...partition, committedOffset: null })),
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
];
