import type { AutoOffsetReset } from '../config/kafka-config.ts';
import { KafkaError } from '../errors.ts';
import type { StartReason } from '../observation.ts';

/** What is known of a partition when an epoch begins. */
export interface StartInput {
  readonly groupId: string;
  readonly topic: string;
  readonly partition: number;
  /** Null when the group has none; negative ones are written by some clients and count as none. */
  readonly committedOffset: number | null;
  readonly logStartOffset: number;
  readonly logEndOffset: number;
  /** For a partition of which the group has no committed offset. */
  readonly reset: AutoOffsetReset;
  /** This process knew the topic under another id: a committed offset may be of the old log. */
  readonly topicReplaced: boolean;
  /** Log end before this member joined, if the topic was at the group's first start then and the partition existed; else null. */
  readonly firstStartLogEnd: number | null;
}

/** Records `from` ≤ offset < `to` that are gone before they were delivered. */
export interface RemovedRange {
  readonly from: number;
  readonly to: number;
}

/** Where an epoch starts, or why it cannot. `halt` stops the partition, `fatal` the consumer. */
export type Start =
  | {
      readonly kind: 'start';
      readonly offset: number;
      readonly reason: StartReason;
      readonly removed: RemovedRange | null;
      readonly warning: KafkaError | null;
    }
  | { readonly kind: 'halt' | 'fatal'; readonly error: KafkaError };

/** Pure. With a reason other than `committed` the offset is to be committed before the first delivery. */
export function resolveStart(input: StartInput): Start {
  const { committedOffset } = input;
  if (committedOffset === null) return startWithoutCommit(input, null);
  if (committedOffset < 0) return startWithoutCommit(input, negativeOffset(input, committedOffset));
  if (input.topicReplaced) return { kind: 'halt', error: replacedTopic(input, committedOffset) };
  const verdict = judgeRange(input, committedOffset);
  if (verdict === null) return { kind: 'start', offset: committedOffset, reason: 'committed', removed: null, warning: null };
  if (verdict.kind !== 'removed') return verdict;
  return { kind: 'start', offset: verdict.range.to, reason: 'log-start-passed', removed: verdict.range, warning: null };
}

/** A fetch at `offset` found nothing there: null when the log has it after all. Pure. */
export function judgeRange(
  log: Pick<StartInput, 'topic' | 'partition' | 'groupId' | 'logStartOffset' | 'logEndOffset' | 'reset'>,
  offset: number,
): { readonly kind: 'removed'; readonly range: RemovedRange } | { readonly kind: 'halt' | 'fatal'; readonly error: KafkaError } | null {
  const where = `${log.topic}/${log.partition}`;
  const details = {
    topic: log.topic,
    partition: log.partition,
    groupId: log.groupId,
    offset,
    logStartOffset: log.logStartOffset,
    logEndOffset: log.logEndOffset,
  };
  if (offset > log.logEndOffset) {
    const message = `Group ${log.groupId} stands at offset ${offset} of ${where}, above its log end ${log.logEndOffset}: the topic was made again or truncated. The partition is halted; set the group's offset by hand once you know what was lost.`;
    return { kind: 'halt', error: new KafkaError('OFFSET_OUT_OF_RANGE', message, { details }) };
  }
  if (offset >= log.logStartOffset) return null;
  if (log.reset === 'none') {
    const message = `Group ${log.groupId} stands at offset ${offset} of ${where}, but the log starts at ${log.logStartOffset}: records were removed before they were delivered, and with the offset reset "none" that ends the consumer. Set the group's offset, or use "earliest" or "latest" to go on at the log start.`;
    return { kind: 'fatal', error: new KafkaError('OFFSET_OUT_OF_RANGE', message, { details }) };
  }
  return { kind: 'removed', range: { from: offset, to: log.logStartOffset } };
}

function startWithoutCommit(input: StartInput, warning: KafkaError | null): Start {
  const { topic, partition, groupId, reset, logStartOffset, logEndOffset, firstStartLogEnd } = input;
  const start = (offset: number, reason: StartReason): Start => ({ kind: 'start', offset, reason, removed: null, warning });
  if (reset === 'earliest') return start(logStartOffset, 'earliest');
  if (reset === 'none') {
    const message = `Group ${groupId} has no committed offset for ${topic}/${partition}, and the offset reset is "none". Set the group's first offset, or use "earliest" or "latest" for its first start.`;
    return { kind: 'fatal', error: new KafkaError('NO_COMMITTED_OFFSET', message, { details: { topic, partition, groupId } }) };
  }
  // A snapshot above the log end is of a log that is no more: all of the new one came after it. A negative offset is the
  // trace of an earlier start, so that nothing but the whole log is sure to lose nothing.
  if (firstStartLogEnd === null || firstStartLogEnd > logEndOffset || warning !== null) return start(logStartOffset, 'partition-added');
  return start(Math.max(firstStartLogEnd, logStartOffset), 'latest');
}

function replacedTopic({ topic, partition, groupId }: StartInput, offset: number): KafkaError {
  const message = `${topic} was made again while this consumer ran, and the offset ${offset} that group ${groupId} has stored for partition ${partition} may be of the old topic. The partition is halted; set the group's offset by hand.`;
  return new KafkaError('OFFSET_OUT_OF_RANGE', message, { details: { topic, partition, groupId, offset } });
}

function negativeOffset({ topic, partition, groupId }: StartInput, offset: number): KafkaError {
  const message = `Group ${groupId} has the offset ${offset} stored for ${topic}/${partition}, as some clients do when they run out of range. It counts as none.`;
  return new KafkaError('OFFSET_OUT_OF_RANGE', message, { details: { topic, partition, groupId, offset } });
}
