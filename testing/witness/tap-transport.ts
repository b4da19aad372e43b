import type {
  CommitResult,
  ConsumerListener,
  PartitionCommit,
  PartitionEpoch,
  Transport,
  TransportConsumer,
  TransportConsumerOptions,
} from '../../src/transport.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { tapProducer } from './tap-producer.ts';
import type { TappedMember } from './tapped-member.ts';

/** The same transport, whose consumers have a witness: what the subject was told, and what it asked. */
export function tapTransport(transport: Transport, member: TappedMember, recorder: HistoryRecorder): Transport {
  return {
    name: transport.name,
    capabilities: transport.capabilities,
    admin: transport.admin,
    connect: (options) => transport.connect(options),
    createProducer: (options) => tapProducer(transport.createProducer(options), member, recorder),
    close: () => transport.close(),
    createConsumer: (options: TransportConsumerOptions, listener: ConsumerListener) => {
      const consumer = transport.createConsumer(options, tapListener(listener, member, recorder));
      return tapConsumer(consumer, member, recorder);
    },
  };
}

function tapListener(listener: ConsumerListener, member: TappedMember, recorder: HistoryRecorder): ConsumerListener {
  const record: HistoryRecorder['record'] = (event) => {
    if (member.alive) recorder.record(event);
  };
  const place = ({ topic, partition, epoch }: PartitionEpoch) => ({ member: member.name, topic, partition, epoch });
  return {
    assigned(assignment) {
      for (const partition of assignment.partitions) {
        const { committedOffset, committedMetadata, topicId, logStartOffset, logEndOffset } = partition;
        record({
          kind: 'client-assigned',
          ...place(partition),
          generation: assignment.generation,
          committedOffset,
          ...(committedMetadata === null || committedMetadata === '' ? {} : { committedMetadata }),
          ...(topicId === null ? {} : { topicId }),
          logStartOffset,
          logEndOffset,
        });
      }
      listener.assigned(assignment);
    },
    async revoked(partitions, options) {
      for (const partition of partitions) record({ kind: 'client-revoking', ...place(partition), graceMs: options.graceMs });
      // Called before the first await: a commit made inside must go out before the rejoin.
      const settled = listener.revoked(partitions, options);
      await settled;
      for (const partition of partitions) record({ kind: 'client-revoked', ...place(partition) });
    },
    lost(partitions, cause) {
      for (const partition of partitions) record({ kind: 'client-lost', ...place(partition) });
      listener.lost(partitions, cause);
    },
    batch(batch) {
      const answer = listener.batch(batch);
      const { fetchedFrom, nextOffset, records, lastStableOffset } = batch;
      record({
        kind: 'client-batch',
        ...place(batch),
        fetchedFrom,
        nextOffset,
        records: records.length,
        accepted: answer === 'accepted',
        lastStableOffset,
        ...(batch.leaderEpochs.length > 0 ? { leaderEpochs: batch.leaderEpochs } : {}),
      });
      return answer;
    },
    outOfRange: (range) => listener.outOfRange(range),
    warning: (error) => listener.warning(error),
    failed: (error) => listener.failed(error),
  };
}

function tapConsumer(consumer: TransportConsumer, member: TappedMember, recorder: HistoryRecorder): TransportConsumer {
  const record: HistoryRecorder['record'] = (event) => {
    if (member.alive) recorder.record(event);
  };
  return {
    start: () => consumer.start(),
    fetchFrom(partition, offset) {
      record({
        kind: 'client-fetch-from',
        member: member.name,
        topic: partition.topic,
        partition: partition.partition,
        epoch: partition.epoch,
        offset,
      });
      consumer.fetchFrom(partition, offset);
    },
    fetchTurnedAt: () => consumer.fetchTurnedAt?.() ?? null,
    pause: (partitions) => consumer.pause(partitions),
    resume: (partitions) => consumer.resume(partitions),
    async commit(offsets: readonly PartitionCommit[]): Promise<readonly CommitResult[]> {
      const sent = offsets.map(({ topic, partition, epoch, offset, metadata }) => ({
        commit: recorder.nextId(),
        member: member.name,
        topic,
        partition,
        epoch,
        offset,
        metadata,
      }));
      for (const { metadata, ...each } of sent) record({ kind: 'client-commit-sent', ...each, ...(metadata === null ? {} : { metadata }) });
      // In the same turn: the contract says that the request is on its way before `commit` returns.
      const results = await consumer.commit(offsets);
      sent.forEach(({ metadata: _, ...each }, index) => {
        const result = results[index];
        if (result === undefined) return;
        record({
          kind: 'client-commit-settled',
          ...each,
          outcome: result.outcome,
          code: result.outcome === 'refused' ? result.code : null,
        });
      });
      return results;
    },
    stop() {
      record({ kind: 'client-stopped', member: member.name });
      return consumer.stop();
    },
  };
}
