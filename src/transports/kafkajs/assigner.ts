import kafkajs from 'kafkajs';
import type { Assigner } from 'kafkajs';
import type { Cluster } from './kafkajs-internals.ts';

const { AssignerProtocol } = kafkajs;
const VERSION = 0;

/**
 * Round robin under the name of kafkajs's own assigner, so that members of a plain kafkajs service and ours can be in one
 * group during a roll-out. Unlike kafkajs's, it gives a partition only to members that subscribe to its topic: during a
 * roll-out that adds a topic, kafkajs's hands the new partitions to old members too, who drop them.
 */
export function roundRobinAssigner(cluster: Cluster): Assigner {
  return {
    name: 'RoundRobinAssigner',
    version: VERSION,
    protocol: ({ topics }) => ({
      name: 'RoundRobinAssigner',
      metadata: AssignerProtocol.MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.alloc(0) }),
    }),
    async assign({ members, topics }) {
      const subscriptions = members.map(({ memberId, memberMetadata }) => ({
        memberId,
        topics: new Set(AssignerProtocol.MemberMetadata.decode(memberMetadata)?.topics ?? topics),
      }));
      const all = [...new Set(subscriptions.flatMap((subscription) => [...subscription.topics]))].sort();
      await cluster.addMultipleTargetTopics(all);
      const partitions = all.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => ({ topic, partition: partitionId })),
      );
      return distribute(subscriptions, partitions).map(({ memberId, assignment }) => ({
        memberId,
        memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: VERSION, assignment, userData: Buffer.alloc(0) }),
      }));
    },
  };
}

interface Subscription {
  readonly memberId: string;
  readonly topics: ReadonlySet<string>;
}
interface Share {
  readonly memberId: string;
  readonly assignment: Record<string, number[]>;
}

/** Partitions in order, members in turn; who does not subscribe is passed over. Exported for its test. */
export function distribute(
  members: readonly Subscription[],
  partitions: readonly { readonly topic: string; readonly partition: number }[],
): readonly Share[] {
  const inTurn = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1));
  const shares = new Map<string, Share>();
  let turn = 0;
  for (const { topic, partition } of [...partitions].sort((a, b) =>
    a.topic === b.topic ? a.partition - b.partition : a.topic < b.topic ? -1 : 1,
  )) {
    for (let step = 0; step < inTurn.length; step += 1) {
      const member = inTurn[(turn + step) % inTurn.length]!;
      if (!member.topics.has(topic)) continue;
      const share = shares.get(member.memberId) ?? {
        memberId: member.memberId,
        assignment: Object.create(null) as Record<string, number[]>,
      };
      shares.set(member.memberId, share);
      (share.assignment[topic] ??= []).push(partition);
      turn += step + 1;
      break;
    }
  }
  return [...shares.values()];
}
