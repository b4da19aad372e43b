/** The little that the fixture asks of a cluster, by requests of our own: no client under test is involved in setting a test up. */
import { KafkaError } from '../../../src/errors.ts';
import { WireWriter } from '../wire/wire-writer.ts';
import type { WitnessConnection } from './connection.ts';
import { BrokerAnswer, checked, WitnessCluster } from './witness-cluster.ts';
import type { WitnessBroker } from './witness-cluster.ts';

const OFFSET_FETCH = 9;
const FIND_COORDINATOR = 10;
const DESCRIBE_GROUPS = 15;
const CREATE_TOPICS = 19;
const DELETE_TOPICS = 20;
const DESCRIBE_CONFIGS = 32;
const DELETE_GROUPS = 42;
const REQUEST_LIMIT_MS = 10_000;
const UNKNOWN_TOPIC = 3;
const TOPIC_ALREADY_EXISTS = 36;
const GROUP_ID_NOT_FOUND = 69;
const NON_EMPTY_GROUP = 68;
const BROKER_RESOURCE = 4;

export class WitnessAdmin {
  readonly #cluster: WitnessCluster;

  constructor(brokers: readonly string[]) {
    this.#cluster = new WitnessCluster(brokers);
  }

  async brokers(): Promise<readonly WitnessBroker[]> {
    return (await this.#cluster.metadata([])).brokers;
  }

  /** Rejects until a coordinator is there that has loaded its groups. */
  async askCoordinator(groupId: string): Promise<void> {
    const coordinator = await this.#coordinator(groupId);
    const reply = await coordinator.request(DESCRIBE_GROUPS, 0, new WireWriter().int32(1).string(groupId));
    reply.int32(); // one group
    checked(reply);
  }

  /** One replica for each partition, on the broker given; resolves when all have a leader, also where the topic exists already. */
  async createTopic(name: string, leaders: readonly number[], configs: Readonly<Record<string, string>>): Promise<void> {
    const body = new WireWriter().int32(1).string(name).int32(-1).int16(-1).int32(leaders.length);
    leaders.forEach((leader, partition) => body.int32(partition).int32(1).int32(leader));
    body.int32(Object.keys(configs).length);
    for (const [key, value] of Object.entries(configs)) body.string(key).string(value);
    const reply = await (await this.#controller()).request(CREATE_TOPICS, 4, body.int32(REQUEST_LIMIT_MS).int8(0));
    reply.int32();
    reply.array(() => {
      reply.string();
      const code = reply.int16();
      const message = reply.string();
      if (code !== 0 && code !== TOPIC_ALREADY_EXISTS)
        throw new KafkaError('PROTOCOL', `Topic "${name}" could not be made: ${message ?? `error ${code}`}`);
    });
    await this.#cluster.retry(name, () => this.#cluster.leaders(name));
  }

  /** Those that exist. */
  async deleteTopics(names: readonly string[]): Promise<void> {
    const body = new WireWriter().int32(names.length);
    for (const name of names) body.string(name);
    const reply = await (await this.#controller()).request(DELETE_TOPICS, 3, body.int32(REQUEST_LIMIT_MS));
    reply.int32();
    refuse(
      reply.array(() => (reply.string(), reply.int16())),
      [UNKNOWN_TOPIC],
    );
  }

  /** Those that exist and have no members (a crashed one may still be counted). Kafka 3.9 forgets an empty group by itself when its topics are deleted. */
  async deleteGroups(groupIds: readonly string[]): Promise<void> {
    for (const groupId of groupIds) {
      const coordinator = await this.#coordinator(groupId);
      const reply = await coordinator.request(DELETE_GROUPS, 1, new WireWriter().int32(1).string(groupId));
      reply.int32();
      refuse(
        reply.array(() => (reply.string(), reply.int16())),
        [GROUP_ID_NOT_FOUND, NON_EMPTY_GROUP],
      );
    }
  }

  /** A broker's setting; null when it does not tell. */
  async brokerSetting(nodeId: number, name: string): Promise<string | null> {
    const body = new WireWriter().int32(1).int8(BROKER_RESOURCE).string(String(nodeId)).int32(1).string(name).int8(0);
    const reply = await (await this.#broker(nodeId)).request(DESCRIBE_CONFIGS, 1, body);
    reply.int32();
    const [value = null] = reply.array(() => {
      checked(reply);
      reply.string();
      reply.int8();
      reply.string();
      return reply.array(() => (reply.string(), reply.string()))[0] ?? null;
    });
    return value;
  }

  /** What the group's coordinator stores for partitions 0 to `partitions` − 1 of the topic, in order; −1 where it stores nothing. */
  async committedOffsets(groupId: string, topic: string, partitions: number): Promise<readonly number[]> {
    const body = new WireWriter().string(groupId).int32(1).string(topic).int32(partitions);
    for (let partition = 0; partition < partitions; partition++) body.int32(partition);
    const reply = await (await this.#coordinator(groupId)).request(OFFSET_FETCH, 1, body);
    const offsets = Array.from({ length: partitions }, () => -1);
    reply.array(() => {
      reply.string();
      reply.array(() => {
        const partition = reply.int32();
        offsets[partition] = reply.int64();
        reply.string(); // metadata
        checked(reply);
      });
    });
    return offsets;
  }

  close(): void {
    this.#cluster.close();
  }

  async #broker(wanted: number): Promise<WitnessConnection> {
    const broker = (await this.brokers()).find(({ nodeId }) => nodeId === wanted);
    if (broker === undefined) throw new KafkaError('BROKER_UNREACHABLE', `The cluster knows no broker ${wanted}.`);
    return this.#cluster.connection(broker);
  }

  async #controller(): Promise<WitnessConnection> {
    const { controllerId } = await this.#cluster.metadata([]);
    return this.#broker(controllerId);
  }

  async #coordinator(groupId: string): Promise<WitnessConnection> {
    const reply = await (await this.#cluster.any()).request(FIND_COORDINATOR, 1, new WireWriter().string(groupId).int8(0));
    reply.int32();
    checked(reply);
    reply.string();
    reply.int32(); // node
    return this.#cluster.connection({ host: reply.string() ?? '', port: reply.int32() });
  }
}

function refuse(codes: readonly number[], harmless: readonly number[]): void {
  for (const code of codes) if (code !== 0 && !harmless.includes(code)) throw new BrokerAnswer(code);
}
