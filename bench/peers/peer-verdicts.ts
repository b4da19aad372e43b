/** What the project aims at beside its peers, and what this run says of it. */
import { median, rounded } from '../result.ts';
import type { PeerResults, PeerRow } from './bench-peers.ts';
import { EACH_BATCH, EACH_MESSAGE, OURS, PARALLEL_CONSUMER, TIMERS } from './contenders.ts';
import type { PeerOrdering } from './task.ts';

export interface PeerVerdict {
  readonly aim: string;
  /** What was measured, in words. */
  readonly seen: string;
  /** Null where one side has no figures. */
  readonly reached: boolean | null;
}

const EACH_MESSAGE_AIM = 35;
const COMMIT_AIM_SECONDS = 0.3;
const IDEAL_AIM = 1.05;
const RAW_AIM = 0.95;
const PARALLEL_CONSUMER_AIM = 3;
const UNORDERED: readonly PeerOrdering[] = ['key', 'unordered'];

export function peerVerdicts({ rows }: Pick<PeerResults, 'rows'>): readonly PeerVerdict[] {
  const find = (contender: string, ordering: PeerOrdering, partitions: number, work: boolean): PeerRow | undefined =>
    rows.find((row) => row.contender === contender && row.ordering === ordering && row.partitions === partitions && row.work === work);
  const verdicts: PeerVerdict[] = [];
  const partitionCounts = [...new Set(rows.map(({ partitions }) => partitions))];
  for (const ordering of UNORDERED) {
    for (const partitions of partitionCounts) {
      const ours = find(OURS, ordering, partitions, true);
      if (ours === undefined) continue;
      const place = `${ordering}, ${partitions} partition(s)`;
      const peer = handled(find(PARALLEL_CONSUMER, ordering, partitions, true));
      const eachMessage = handled(find(EACH_MESSAGE, 'partition', partitions, true));
      const own = handled(ours);
      const commit = own === null ? null : median(ours.samples.map((sample) => committed(sample) - sample.handledSeconds));
      verdicts.push(
        verdict(`${place}: handled sooner than parallel-consumer`, own, peer, ([mine, other]) => mine < other, 's'),
        verdict(
          `${place}: committed within ${COMMIT_AIM_SECONDS} s of that`,
          commit,
          COMMIT_AIM_SECONDS,
          ([mine, most]) => mine <= most,
          's',
        ),
        verdict(
          `${place}: ${EACH_MESSAGE_AIM} times kafkajs eachMessage`,
          own,
          eachMessage,
          ([mine, other]) => other / mine >= EACH_MESSAGE_AIM,
          's',
        ),
      );
    }
  }
  const partitioned = find(OURS, 'partition', 4, true);
  if (partitioned !== undefined)
    verdicts.push(
      verdict(
        'partition order, 4 partitions: within 5 % of the ideal',
        handled(partitioned),
        partitioned.idealSeconds,
        ([mine, ideal]) => mine <= ideal * IDEAL_AIM,
        's',
      ),
    );
  if (partitioned !== undefined)
    verdicts.push(
      verdict(
        "partition order, 4 partitions: within 5 % of Node's timers alone",
        handled(partitioned),
        handled(find(TIMERS, 'partition', 4, true)),
        ([mine, timers]) => mine <= timers * IDEAL_AIM,
        's',
      ),
    );
  for (const partitions of partitionCounts) {
    const rate = (contender: string, ordering: PeerOrdering): number | null => throughput(find(contender, ordering, partitions, false));
    if (find(OURS, 'partition', partitions, false) !== undefined)
      verdicts.push(
        verdict(
          `nothing to do, partition order, ${partitions} partition(s): ${RAW_AIM} of kafkajs eachBatch`,
          rate(OURS, 'partition'),
          rate(EACH_BATCH, 'partition'),
          ([mine, raw]) => mine / raw >= RAW_AIM,
          'records/s',
        ),
      );
    // Until the last record was handled: its default is to commit every 5 s, which is no matter of speed.
    for (const ordering of UNORDERED)
      if (find(OURS, ordering, partitions, false) !== undefined)
        verdicts.push(
          verdict(
            `nothing to do, ${ordering}, ${partitions} partition(s): ${PARALLEL_CONSUMER_AIM} times parallel-consumer`,
            handlingRate(find(OURS, ordering, partitions, false)),
            handlingRate(find(PARALLEL_CONSUMER, ordering, partitions, false)),
            ([mine, peer]) => mine / peer >= PARALLEL_CONSUMER_AIM,
            'records/s',
          ),
        );
  }
  return verdicts;
}

function verdict(
  aim: string,
  own: number | null,
  other: number | null,
  holds: (pair: readonly [number, number]) => boolean,
  unit: string,
): PeerVerdict {
  if (own === null || other === null) return { aim, seen: 'one side has no figures', reached: null };
  return { aim, seen: `${rounded(own)} beside ${rounded(other)} ${unit}`, reached: holds([own, other]) };
}

function handled(row: PeerRow | undefined): number | null {
  return row === undefined || row.samples.length === 0 ? null : median(row.samples.map((sample) => sample.handledSeconds));
}

function committed({ committedSeconds, handledSeconds }: PeerRow['samples'][number]): number {
  return committedSeconds ?? handledSeconds;
}

/** Until the last commit: what is not committed is not done. */
function throughput(row: PeerRow | undefined): number | null {
  return row === undefined || row.samples.length === 0 ? null : row.records / median(row.samples.map(committed));
}

function handlingRate(row: PeerRow | undefined): number | null {
  const seconds = handled(row);
  return row === undefined || seconds === null ? null : row.records / seconds;
}
