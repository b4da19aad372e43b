/** What is said to both brokers. Each conversation has topics and groups of its own, and no value that depends on the time. */
import { dynamicMembers, offsets, rebalances, sessions, staticMembers } from './conversations-on-groups.ts';
import { longPoll, records, topics } from './conversations-on-records.ts';
import type { Talk } from './talk.ts';

export const CONVERSATIONS: Readonly<Record<string, (talk: Talk, minSessionTimeoutMs: number) => Promise<void>>> = {
  records,
  'long poll': longPoll,
  topics,
  'dynamic members': dynamicMembers,
  rebalances,
  'static members': staticMembers,
  offsets,
  sessions,
};
