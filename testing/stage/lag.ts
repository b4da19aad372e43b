import type { Observation } from '../../src/observation.ts';
import type { TopicPartition } from '../../src/transport.ts';
import type { Venue } from '../venue.ts';
import { recordHistory } from './record-history.ts';
import { showRecord } from './shown-record.ts';

/** How many open records an error names. */
const NAMED_AT_MOST = 5;

/** A partition whose committed offset is not its log end. */
export interface Lag extends TopicPartition {
  /** Null: nothing is committed. */
  readonly committedOffset: number | null;
  readonly logEndOffset: number;
}

/** Asked of the broker, not of the runtime. Empty: every record is done. */
export async function readLags(venue: Venue, groupId: string, topics: readonly string[]): Promise<readonly Lag[]> {
  const committed = await venue.admin.committedOffsets(groupId, topics);
  const [starts, ends] = await Promise.all([venue.admin.listOffsets(committed, 'earliest'), venue.admin.listOffsets(committed, 'latest')]);
  return committed.flatMap(({ topic, partition, offset }, index) => {
    const logEndOffset = ends[index]?.offset ?? 0;
    const isDone = (offset ?? starts[index]?.offset ?? 0) >= logEndOffset;
    return isDone ? [] : [{ topic, partition, committedOffset: offset, logEndOffset }];
  });
}

/** The open records by name, each with what happened to it. */
export async function describeLags(venue: Venue, lags: readonly Lag[], observations: readonly Observation[]): Promise<string> {
  const lines: string[] = [];
  for (const { topic, partition, committedOffset, logEndOffset } of lags) {
    lines.push(`  ${topic}/${partition}: committed ${committedOffset ?? 'nothing'}, log end ${logEndOffset}`);
    const terminal = new Set(
      observations.flatMap((each) =>
        each.kind === 'action' && each.action !== 'skip' && each.topic === topic && each.partition === partition ? [each.offset] : [],
      ),
    );
    const records = (await venue.readRecords(topic)).filter(
      (each) => each.partition === partition && each.offset >= (committedOffset ?? 0),
    );
    const open = records.filter(({ offset }) => !terminal.has(offset));
    for (const record of open.slice(0, NAMED_AT_MOST)) {
      lines.push(`    ${showRecord(record)}: ${recordHistory(observations, topic, partition, record.offset) || 'never delivered'}`);
    }
    if (open.length > NAMED_AT_MOST) lines.push(`    and ${open.length - NAMED_AT_MOST} more`);
    if (open.length === 0) lines.push('    every record is done, but the commit has not arrived');
  }
  return lines.join('\n');
}
