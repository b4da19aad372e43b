import type { TopicConfigs } from '../admin.ts';

/** What is asked for with `describeTopicConfigs`. */
export const RETENTION_CONFIGS = ['cleanup.policy', 'retention.ms', 'retention.bytes'] as const;

/** What a topic's configuration lets the brokers remove. */
export interface Retention {
  /** Milliseconds; null where nothing is removed for its age. */
  readonly retentionMs: number | null;
  /** Old records are removed for the size of the partition too, so that the time that is left may be shorter. */
  readonly bySize: boolean;
}

/** Pure. Nothing is known of a setting that the brokers do not tell, and then nothing is claimed. */
export function readRetention({ configs }: TopicConfigs): Retention {
  const policies = (configs['cleanup.policy'] ?? 'delete').split(',').map((policy) => policy.trim());
  if (!policies.includes('delete')) return { retentionMs: null, bySize: false };
  const retentionMs = limitOf(configs['retention.ms']);
  return { retentionMs, bySize: limitOf(configs['retention.bytes']) !== null };
}

/**
 * Milliseconds until the brokers may remove a record of this time; 0 when they may already. A lower bound: whole segments are
 * removed, when their latest record is old enough, the last one not before it is rolled, and brokers look every five minutes
 * by default (`log.retention.check.interval.ms`). It counts by our clock, and is wrong by as much as the brokers' differs.
 */
export function headroomMs(retention: Retention | null, timestampMs: number | null, now: number): number | null {
  const retentionMs = retention?.retentionMs ?? null;
  // A record without a timestamp (−1) is of an old format; brokers go by the segment's file then.
  if (retentionMs === null || timestampMs === null || timestampMs < 0) return null;
  return Math.max(0, timestampMs + retentionMs - now);
}

/** Null for −1, Kafka's word for no limit. */
function limitOf(text: string | undefined): number | null {
  // '' would be 0 as a number.
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
