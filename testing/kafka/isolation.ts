import { randomBytes } from 'node:crypto';
import { WitnessAdmin } from './witness/witness-admin.ts';

export interface IsolatedTopicOptions {
  /** Default 1, or as many as `leaders` has. */
  readonly partitions?: number;
  /** Broker id of each partition's leader, in order. Default: the brokers take turns, so that two partitions have two leaders. */
  readonly leaders?: readonly number[];
  /** Kafka's topic configuration, such as `{ 'cleanup.policy': 'compact' }`. By default nothing is too old to be kept: tests like timestamps of long ago. */
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
  const slug = prefix
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '')
    .slice(0, 40);
  const base = `${slug}-${randomBytes(4).toString('hex')}`;
  const topics: string[] = [];
  const groups: string[] = [];
  const admin = new WitnessAdmin(cluster.brokers);
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
      await admin.createTopic(
        name,
        Array.from({ length: partitions }, (_, partition) => leaderOf(partition)),
        { 'retention.ms': '-1', ...configs },
      );
      return name;
    },
    groupId() {
      const name = `${base}-group-${groups.length + 1}`;
      groups.push(name);
      return name;
    },
    async dispose() {
      try {
        if (topics.length > 0) await admin.deleteTopics(topics);
        if (groups.length > 0) await admin.deleteGroups(groups);
      } finally {
        admin.close();
      }
    },
  };
}
