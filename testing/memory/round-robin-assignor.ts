import { compare, inMemberOrder } from './assignor.ts';
import type { Assignor } from './assignor.ts';

/**
 * All partitions of all topics in order, dealt out one by one to the members in turn that subscribe to the topic.
 * Source: org.apache.kafka.clients.consumer.RoundRobinAssignor.
 */
export const roundRobinAssignor: Assignor = {
  name: 'roundrobin',
  assign(members, partitionCounts) {
    const ordered = inMemberOrder(members);
    const assignments = new Map<string, Map<string, number[]>>(ordered.map(({ memberId }) => [memberId, new Map()]));
    let turn = 0;
    for (const [topic, count] of [...partitionCounts].toSorted(([left], [right]) => compare(left, right))) {
      if (!ordered.some(({ topics }) => topics.includes(topic))) continue;
      for (let partition = 0; partition < count; partition += 1) {
        while (!ordered[turn % ordered.length]?.topics.includes(topic)) turn += 1;
        const assignment = assignments.get(ordered[turn % ordered.length]?.memberId ?? '');
        const dealt = assignment?.get(topic);
        if (dealt === undefined) assignment?.set(topic, [partition]);
        else dealt.push(partition);
        turn += 1;
      }
    }
    return assignments;
  },
};
