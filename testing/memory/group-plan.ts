import { KafkaError } from '../../src/errors.ts';
import { quotedNames } from '../../src/quoted-names.ts';
import type { TransportConsumerOptions } from '../../src/transport.ts';
import { decodeSubscription, encodeAssignment } from '../broker/consumer-protocol.ts';
import type { Response } from '../broker/protocol.ts';
import type { Assignor } from './assignor.ts';
import type { Client } from './client.ts';
import { rangeAssignor } from './range-assignor.ts';
import { roundRobinAssignor } from './round-robin-assignor.ts';

/** In order of preference, as in Kafka's Java client. */
export const ASSIGNORS: readonly Assignor[] = [rangeAssignor, roundRobinAssignor];

export interface GroupPlan {
  readonly assignments: readonly { readonly memberId: string; readonly assignment: Uint8Array }[];
  /** Of every topic that anybody subscribes to; 0: it does not exist. */
  readonly partitionCounts: ReadonlyMap<string, number>;
}

/** The leader's work: partitions of all topics that anybody subscribes to, by the assignor that the group agreed on. */
export async function planGroup(
  client: Client,
  { groupId, requestTimeoutMs }: Pick<TransportConsumerOptions, 'groupId' | 'requestTimeoutMs'>,
  answer: Response<'JoinGroup'>,
  warn: (error: KafkaError) => void,
): Promise<GroupPlan> {
  const members = answer.members.map(({ memberId, groupInstanceId, metadata }) => ({
    memberId,
    groupInstanceId,
    topics: decodeSubscription(metadata) ?? [],
  }));
  const topics = [...new Set(members.flatMap((member) => member.topics))].toSorted();
  const described = await client.refresh(topics, requestTimeoutMs);
  const partitionCounts = new Map(described.map(({ name, partitions }) => [name, partitions.length]));
  const missing = described.filter(({ errorCode }) => errorCode !== 'NONE').map(({ name }) => name);
  if (missing.length > 0)
    warn(new KafkaError('UNKNOWN_TOPIC', `Group ${groupId} subscribes to what does not exist: ${quotedNames(missing)}`));
  const existing = new Map([...partitionCounts].filter(([, count]) => count > 0));
  const assignor = ASSIGNORS.find(({ name }) => name === answer.protocolName) ?? rangeAssignor;
  const assignments = [...assignor.assign(members, existing)].map(([memberId, part]) => ({
    memberId,
    assignment: encodeAssignment([...part].map(([topic, partitions]) => ({ topic, partitions }))),
  }));
  return { assignments, partitionCounts };
}
