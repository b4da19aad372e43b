import { inMemberOrder } from './assignor.ts';
import type { Assignor, MemberAssignment } from './assignor.ts';

/**
 * Topic by topic: consecutive partitions to consecutive members, the first ones get one more.
 * Source: org.apache.kafka.clients.consumer.RangeAssignor; its rack awareness and co-partitioning are not modelled.
 */
export const rangeAssignor: Assignor = {
  name: 'range',
  assign(members, partitionCounts) {
    const ordered = inMemberOrder(members);
    const assignments = new Map<string, Map<string, readonly number[]>>(ordered.map(({ memberId }) => [memberId, new Map()]));
    for (const [topic, count] of partitionCounts) {
      const subscribers = ordered.filter(({ topics }) => topics.includes(topic));
      const share = Math.floor(count / subscribers.length);
      const remainder = count % subscribers.length;
      let next = 0;
      for (const [index, { memberId }] of subscribers.entries()) {
        const size = share + (index < remainder ? 1 : 0);
        const first = next;
        if (size > 0)
          assignments.get(memberId)?.set(
            topic,
            Array.from({ length: size }, (_, offset) => first + offset),
          );
        next += size;
      }
    }
    return assignments satisfies ReadonlyMap<string, MemberAssignment>;
  },
};
