import type { WrittenPartition } from './history.ts';
import { watching, type Invariant, type Judge } from './invariant.ts';
import { partitionName } from './wording.ts';

/** A record whose producer was told "written" stands in the log at the end, unless retention removed it; also what the subject itself writes. */
export const lostWrite: Invariant = {
  name: 'lost-write',
  promise: 'Every acknowledged record stood in the log.',
  watch(state, judge) {
    const acknowledged = new Map<string, Acknowledged[]>();
    return watching(['client-produce-settled', 'ended'], {
      end() {
        for (const partition of state.history.written ?? [])
          judgeWritten(judge, partition, acknowledged.get(partitionName(partition)) ?? [], state.lastAt);
      },
      see(event) {
        if (event.kind === 'client-produce-settled' && event.outcome === 'acknowledged') {
          const name = partitionName(event);
          let known = acknowledged.get(name);
          if (known === undefined) acknowledged.set(name, (known = []));
          for (const [index, message] of event.messages.entries()) {
            if (message !== null) known.push({ message, offset: (event.baseOffset ?? 0) + index, member: event.member });
          }
        }
        if (event.kind !== 'ended') return;
        const logs = new Map(state.history.logs.map((log) => [partitionName(log), new Set(log.offsets)]));
        for (const partition of state.partitions) {
          const logged = logs.get(partitionName(partition));
          if (logged === undefined) continue;
          for (const record of partition.records) {
            if (!record.written || record.removed) continue;
            judge.evaluated();
            if (logged.has(record.offset)) continue;
            judge.violated({
              where: partition,
              offsets: [record.offset],
              members: [],
              at: event.at,
              message: `${partitionName(partition)}: record ${record.offset} was acknowledged to its producer, but the log does not have it: it is lost.`,
            });
          }
        }
      },
    });
  },
};

interface Acknowledged {
  readonly message: string;
  readonly offset: number;
  readonly member: string;
}

function judgeWritten(judge: Judge, partition: WrittenPartition, acknowledged: readonly Acknowledged[], at: number): void {
  const standing = new Set(partition.messages.map(({ message }) => message));
  for (const { message, offset, member } of acknowledged) {
    judge.evaluated();
    if (standing.has(message) || offset < partition.logStartOffset) continue;
    judge.violated({
      where: partition,
      offsets: [offset],
      members: [member],
      at,
      message: `${partitionName(partition)}: ${message} was acknowledged to ${member} at offset ${offset}, but the log does not have it: it is lost, and its writer will not send it again.`,
    });
  }
}
