import type { GroupDescription, TransportAdmin } from '../admin.ts';
import { KafkaError } from '../errors.ts';
import type { TopicPartition } from '../transport.ts';
import { readGroupOffsets } from './group-offsets.ts';
import type { GroupPartitionOffset } from './group-offsets.ts';
import { planOffset } from './plan-offset.ts';
import type { PlannedOffset } from './plan-offset.ts';

/**
 * Where a group is to stand. `earliest`: the log start. `latest`: the last stable offset, so that the records of an open
 * transaction are not passed over. An offset: that one, from log start to log end. A time: the first record at or after it,
 * or `latest` where there is none.
 */
export type OffsetTarget = 'earliest' | 'latest' | { readonly offset: number } | { readonly timestampMs: number };

export interface OffsetRequest {
  readonly groupId: string;
  /** At least one. */
  readonly topics: readonly string[];
  /** Of each topic; default all. */
  readonly partitions?: readonly number[];
  readonly to: OffsetTarget;
}

/** What would be set; made by `planOffsets`, done by `applyOffsets`. Plain data. */
export interface OffsetPlan {
  readonly groupId: string;
  readonly state: GroupDescription['state'];
  /** While there are any, `applyOffsets` refuses. */
  readonly members: GroupDescription['members'];
  readonly partitions: readonly PlannedOffset[];
}

/**
 * Says what setting a group's offsets would do, and changes nothing. Rejects with UNKNOWN_TOPIC for a topic or partition that
 * is not there, OFFSET_OUT_OF_RANGE for an offset that a log does not have, CONFIG_INVALID for a request that is none.
 */
export async function planOffsets(admin: TransportAdmin, request: OffsetRequest): Promise<OffsetPlan> {
  checkRequest(request);
  const { groupId, topics, to } = request;
  // Before the log's bounds are read: they may move up in between, and what was found is brought into them.
  const found = typeof to === 'object' && 'timestampMs' in to ? await offsetsByTime(admin, topics, to.timestampMs) : null;
  const group = await readGroupOffsets(admin, { groupId, topics: [...new Set(topics)] });
  const chosen = choose(group.partitions, request);
  const target = (stands: GroupPartitionOffset): number => {
    if (to === 'earliest') return stands.logStartOffset;
    if (to === 'latest') return stands.lastStableOffset;
    if ('offset' in to) return to.offset;
    const offset = found?.get(placeOf(stands)) ?? stands.lastStableOffset;
    return Math.min(Math.max(offset, stands.logStartOffset), stands.logEndOffset);
  };
  if (typeof to === 'object' && 'offset' in to) checkRange(chosen, to.offset);
  const begun = new Set(group.partitions.filter(({ committed }) => committed !== null).map(({ topic }) => topic));
  const partitions = chosen.map((stands) => planOffset(stands, target(stands), !begun.has(stands.topic)));
  return { groupId, state: group.state, members: group.members, partitions };
}

async function offsetsByTime(
  admin: TransportAdmin,
  topics: readonly string[],
  timestampMs: number,
): Promise<ReadonlyMap<string, number | null>> {
  const described = await admin.describeTopics([...new Set(topics)]);
  const places = described.flatMap(({ name, partitions }) => partitions.map(({ partition }) => ({ topic: name, partition })));
  const listed = await admin.listOffsets(places, { timestampMs });
  return new Map(listed.map((each) => [placeOf(each), each.offset]));
}

function choose(all: readonly GroupPartitionOffset[], { topics, partitions }: OffsetRequest): readonly GroupPartitionOffset[] {
  if (partitions === undefined) return all;
  const missing = topics.flatMap((topic) =>
    partitions
      .filter((partition) => !all.some((each) => each.topic === topic && each.partition === partition))
      .map((partition) => `${topic}/${partition}`),
  );
  if (missing.length > 0) {
    throw new KafkaError('UNKNOWN_TOPIC', `There is no partition ${missing.join(', ')}; nothing was set.`, {
      details: { partitions: missing },
    });
  }
  return all.filter(({ partition }) => partitions.includes(partition));
}

function checkRange(chosen: readonly GroupPartitionOffset[], offset: number): void {
  const outside = chosen.filter(({ logStartOffset, logEndOffset }) => offset < logStartOffset || offset > logEndOffset);
  if (outside.length === 0) return;
  const logs = outside.map((each) => `${placeOf(each)} from ${each.logStartOffset} to ${each.logEndOffset}`);
  const message = `The offset ${offset} is outside of ${logs.length === 1 ? 'a log' : 'the logs'}: ${logs.join(', ')}. Nothing was set.`;
  throw new KafkaError('OFFSET_OUT_OF_RANGE', message, { details: { offset, partitions: outside.map(placeOf) } });
}

function checkRequest({ topics, partitions, to }: OffsetRequest): void {
  const refuse = (problem: string): never => {
    throw new KafkaError('CONFIG_INVALID', `Offsets: ${problem}.`);
  };
  if (topics.length === 0) refuse('no topic is named, expected at least one');
  for (const partition of partitions ?? [])
    if (!(Number.isSafeInteger(partition) && partition >= 0)) refuse(`partition is ${partition}, expected a whole number from 0`);
  if (typeof to !== 'object') return;
  if ('offset' in to && !(Number.isSafeInteger(to.offset) && to.offset >= 0))
    refuse(`the offset is ${to.offset}, expected a whole number from 0`);
  if ('timestampMs' in to && !(Number.isSafeInteger(to.timestampMs) && to.timestampMs >= 0))
    refuse(`the time is ${to.timestampMs}, expected whole milliseconds since the epoch`);
}

function placeOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`;
}
