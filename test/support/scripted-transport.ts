import type { TransportAdmin } from '../../src/admin.ts';
import { KafkaError } from '../../src/errors.ts';
import type { KafkaRecord } from '../../src/record.ts';
import type {
  AssignedPartition,
  CommitResult,
  ConsumerListener,
  PartitionCommit,
  PartitionEpoch,
  Transport,
  TransportBatch,
  TransportConsumer,
  TransportConsumerOptions,
  TransportProducer,
} from '../../src/transport.ts';

export type CommitAnswer = 'acknowledged' | 'unknown' | { readonly code: string; readonly retriable: boolean };

/** One commit request as the transport got it. With `manual` answers a test settles it by hand. */
export interface SentCommit {
  readonly commits: readonly PartitionCommit[];
  answer(answer: CommitAnswer): void;
  /** Whatever the contract says. */
  answerRaw(results: readonly CommitResult[]): void;
}

export interface ScriptedTopic {
  readonly partitions: number;
  readonly logEnds?: readonly number[];
  readonly committed?: readonly (number | null)[];
  readonly topicId?: string;
}

/** A transport that does what a test tells it to, and remembers what the runtime asked of it. */
export class ScriptedTransport implements Transport {
  readonly name = 'scripted';
  readonly capabilities = {
    rebalanceGrace: true,
    staticMembership: false,
    commitMetadata: true,
    headerFidelity: 'exact',
    transactions: false,
    serverSideAssignment: false,
  } as const;
  readonly calls: string[] = [];
  readonly fetches: (PartitionEpoch & { readonly offset: number })[] = [];
  readonly sent: SentCommit[] = [];
  readonly paused = new Set<string>();
  readonly topics: Record<string, ScriptedTopic>;
  /** Answers of commits to come, in order; then `defaultAnswer`. */
  answers: (CommitAnswer | 'manual')[] = [];
  defaultAnswer: CommitAnswer | 'manual' = 'acknowledged';
  /** What `start` hands over; null leaves it pending until `join`. */
  firstAssignment: readonly AssignedPartition[] | null = [];
  listener: ConsumerListener = undefined as unknown as ConsumerListener;
  options: TransportConsumerOptions | null = null;
  connectWork: (options: { readonly signal?: AbortSignal }) => Promise<void> = () => Promise.resolve();
  stopWork: () => Promise<void> = () => Promise.resolve();
  closeWork: () => Promise<void> = () => Promise.resolve();
  produceWork: () => Promise<void> = () => Promise.resolve();
  adminFailures: Error[] = [];
  #generation = 0;
  #joined = Promise.withResolvers<void>();

  constructor(topics: Record<string, ScriptedTopic> = { orders: { partitions: 1 } }) {
    this.topics = topics;
  }

  async connect(options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.calls.push('connect');
    await this.connectWork(options);
  }

  createConsumer(options: TransportConsumerOptions, listener: ConsumerListener): TransportConsumer {
    this.calls.push('createConsumer');
    this.options = options;
    this.listener = listener;
    return {
      start: async () => {
        this.calls.push('start');
        if (this.firstAssignment !== null) this.assign(this.firstAssignment);
        else await this.#joined.promise;
      },
      fetchFrom: ({ topic, partition, epoch }, offset) => void this.fetches.push({ topic, partition, epoch, offset }),
      pause: (partitions) => void partitions.forEach(({ topic, partition }) => this.paused.add(`${topic}/${partition}`)),
      resume: (partitions) => void partitions.forEach(({ topic, partition }) => this.paused.delete(`${topic}/${partition}`)),
      commit: (commits) => this.#commit(commits),
      stop: async () => {
        this.calls.push('stop');
        this.#joined.promise.catch(() => {});
        this.#joined.reject(new KafkaError('MANAGER_STATE', 'stopped'));
        await this.stopWork();
      },
    };
  }

  /** Takes everything, writes nothing. */
  createProducer(): TransportProducer {
    return {
      partitionCount: () => Promise.resolve(1),
      produce: async (batches) => {
        await this.produceWork();
        return batches.map(({ topic, partition }) => ({ topic, partition, outcome: 'acknowledged', baseOffset: 0 }));
      },
      close: () => Promise.resolve(),
    };
  }

  async close(): Promise<void> {
    this.calls.push('close');
    await this.closeWork();
  }

  // What a test does

  assign(partitions: readonly AssignedPartition[]): void {
    this.listener.assigned({ memberId: 'member-1', generation: ++this.#generation, partitions });
  }

  join(partitions: readonly AssignedPartition[]): void {
    this.assign(partitions);
    this.#joined.resolve();
  }

  batch(batch: TransportBatch): 'accepted' | 'dropped' {
    return this.listener.batch(batch);
  }

  /** Offsets as committed, in the order in which they were sent: `topic/partition@offset`. */
  get committed(): readonly string[] {
    return this.sent.flatMap(({ commits }) => commits.map(({ topic, partition, offset }) => `${topic}/${partition}@${offset}`));
  }

  #commit(commits: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
    const { promise, resolve } = Promise.withResolvers<readonly CommitResult[]>();
    const answer = (given: CommitAnswer): void => resolve(commits.map((commit) => resultOf(commit, given)));
    this.sent.push({ commits, answer, answerRaw: resolve });
    this.calls.push('commit');
    const scripted = this.answers.shift() ?? this.defaultAnswer;
    if (scripted !== 'manual') answer(scripted);
    return promise;
  }

  readonly admin = {
    describeTopics: async (names: readonly string[] = Object.keys(this.topics)) => {
      this.calls.push('describeTopics');
      const failure = this.adminFailures.shift();
      if (failure !== undefined) throw failure;
      const unknown = names.filter((name) => !(name in this.topics));
      if (unknown.length > 0) throw new KafkaError('UNKNOWN_TOPIC', `Unknown topics: ${unknown.join(', ')}.`);
      return names.map((name) => ({
        name,
        topicId: (this.topics[name] as ScriptedTopic).topicId ?? null,
        partitions: Array.from({ length: (this.topics[name] as ScriptedTopic).partitions }, (_, partition) => ({ partition, leader: 1 })),
      }));
    },
    /** Those that end in `.dead` take records a little larger. */
    describeTopicConfigs: async (topics: readonly string[]) =>
      topics.map((name) => ({
        name,
        configs: { 'cleanup.policy': 'delete', 'max.message.bytes': name.endsWith('.dead') ? '1060000' : '1000000' },
      })),
    listOffsets: async (partitions: readonly { topic: string; partition: number }[]) =>
      partitions.map(({ topic, partition }) => ({ topic, partition, offset: this.topics[topic]?.logEnds?.[partition] ?? 0 })),
    committedOffsets: async (_groupId: string, topics: readonly string[]) =>
      topics.flatMap((topic) =>
        Array.from({ length: this.topics[topic]?.partitions ?? 0 }, (_, partition) => ({
          topic,
          partition,
          offset: this.topics[topic]?.committed?.[partition] ?? null,
          metadata: null,
        })),
      ),
  } as unknown as TransportAdmin;
}

export function assigned(given: Partial<AssignedPartition> & { readonly epoch: number }): AssignedPartition {
  return {
    topic: 'orders',
    partition: 0,
    logStartOffset: 0,
    logEndOffset: 1_000_000,
    committedOffset: null,
    committedMetadata: null,
    topicId: null,
    ...given,
  };
}

export function record(offset: number, given: Partial<KafkaRecord> = {}): KafkaRecord {
  return { topic: 'orders', partition: 0, offset, timestamp: 0, key: null, value: new Uint8Array([offset % 256]), headers: [], ...given };
}

/** A batch of the records `from` ≤ offset < `to`. */
export function batchOf(from: number, to: number, given: Partial<TransportBatch> & { readonly epoch: number }): TransportBatch {
  const { topic = 'orders', partition = 0 } = given;
  return {
    topic,
    partition,
    fetchedFrom: from,
    nextOffset: to,
    records: Array.from({ length: to - from }, (_, index) => record(from + index, { topic, partition })),
    logStartOffset: null,
    highWatermark: null,
    lastStableOffset: null,
    leaderEpochs: [],
    ...given,
  };
}

function resultOf(commit: PartitionCommit, answer: CommitAnswer): CommitResult {
  if (answer === 'acknowledged') return { ...commit, outcome: 'acknowledged' };
  if (answer === 'unknown') return { ...commit, outcome: 'unknown', cause: new KafkaError('BROKER_UNREACHABLE', 'No answer.') };
  return { ...commit, outcome: 'refused', ...answer };
}
