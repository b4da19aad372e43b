import { randomBytes } from 'node:crypto';
import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';

export interface IsolatedTopicOptions {
  /** Default 1, or as many as `leaders` has. */
  readonly partitions?: number;
  /** Broker id of each partition's leader, in order. Default: the brokers take turns, so that two partitions have two leaders. */
  readonly leaders?: readonly number[];
  /** Kafka's topic configuration, such as `{ 'cleanup.policy': 'compact' }`. */
  readonly configs?: Readonly<Record<string, string>>;
}

/** Topics and groups of one test on a cluster that it shares with others. */
export interface Isolation {
  /** Makes a topic with a name of its own. Resolves when every partition has a leader. */
  topic(options?: IsolatedTopicOptions): Promise<string>;
  /** A name of its own for a topic that the test makes itself, or that is never made; deleted at the end where it exists. */
  topicName(): string;
  /** A consumer group's name of its own. */
  groupId(): string;
  /** Deletes the topics, and the groups that have no members. */
  dispose(): Promise<void>;
}

/** Names start with `prefix` and a random part, so that parallel tests, files and runs cannot meet. */
export function isolate(cluster: { readonly brokers: readonly string[]; readonly nodeIds: readonly number[] }, prefix: string): Isolation {
  const slug = prefix.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-|-$/g, '').slice(0, 40);
  const base = `${slug}-${randomBytes(4).toString('hex')}`;
  const topics: string[] = [];
  const groups: string[] = [];
  let connecting: Promise<Admin> | null = null;
  const admin = (): Promise<Admin> => (connecting ??= connect(cluster.brokers));
  const topicName = (): string => {
    const name = `${base}-topic-${topics.length + 1}`;
    topics.push(name);
    return name;
  };
  return {
    topicName,
    async topic({ leaders, partitions = leaders?.length ?? 1, configs = {} } = {}) {
      const name = topicName();
      const leaderOf = (partition: number): number => (leaders ?? cluster.nodeIds)[partition % (leaders ?? cluster.nodeIds).length] ?? 1;
      await (await admin()).createTopics({
        topics: [{
          topic: name,
          replicaAssignment: Array.from({ length: partitions }, (_, partition) => ({ partition, replicas: [leaderOf(partition)] })),
          configEntries: Object.entries(configs).map(([key, value]) => ({ name: key, value })),
        }],
        waitForLeaders: true,
      });
      return name;
    },
    groupId() {
      const name = `${base}-group-${groups.length + 1}`;
      groups.push(name);
      return name;
    },
    async dispose() {
      if (topics.length + groups.length === 0) return;
      const client = await admin();
      try {
        const existing = new Set(await client.listTopics());
        const made = topics.filter((topic) => existing.has(topic));
        if (made.length > 0) await client.deleteTopics({ topics: made });
        if (groups.length > 0) await deleteEmptyGroups(client, groups);
      } finally {
        await client.disconnect();
      }
    },
  };
}

/** Kafka 3.9 forgets an empty group by itself when the topic of its last offset is deleted. */
const GROUP_ID_NOT_FOUND = 69;

async function connect(brokers: readonly string[]): Promise<Admin> {
  const admin = new kafkajs.Kafka({ brokers: [...brokers], clientId: 'isolation', logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  return admin;
}

/** A group that was never used does not exist, and one with members (a crashed one, say) cannot be deleted: both are no failure of the test. */
async function deleteEmptyGroups(admin: Admin, groups: readonly string[]): Promise<void> {
  const { groups: described } = await admin.describeGroups([...groups]);
  const empty = described.filter(({ state }) => state === 'Empty').map(({ groupId }) => groupId);
  if (empty.length === 0) return;
  try {
    await admin.deleteGroups(empty);
  } catch (error) {
    if (!(error instanceof kafkajs.KafkaJSDeleteGroupsError) || !error.groups.every((group) => (group.errorCode ?? 0) === 0 || group.errorCode === GROUP_ID_NOT_FOUND)) throw error;
  }
}
