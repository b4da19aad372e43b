import { ByteReader } from './byte-reader.ts';
import { ByteWriter } from './byte-writer.ts';
import type { ApiRequest } from './send-request.ts';

export interface EncodedBatch {
  readonly topic: string;
  readonly partition: number;
  readonly records: Buffer;
}

export interface ProduceAnswer {
  readonly topic: string;
  readonly partition: number;
  readonly errorCode: number;
  /** −1 where nothing was appended. With an error, 0 or more: appended, and not replicated in time or the leader moved. */
  readonly baseOffset: number;
  /** What the broker says about the refused record (KIP-467); null before Kafka 2.4. */
  readonly message: string | null;
  /** With INVALID_TIMESTAMP: the latest that the leader takes by its own clock; null where it does not say (before Kafka 3.6). */
  readonly latestTimestampMs: number | null;
}

const ALL_IN_SYNC_REPLICAS = -1;
/** Source of the words: LogValidator.validateTimestamp, as of Kafka 3.6 (KIP-937). There is no field for it. */
const TIMESTAMP_RANGE = /The timestamp should be within \[-?\d+, (\d{1,16})\]/;

/** Produce (key 0), version 8 (Kafka 2.4), else 7: one batch per partition, one answer for each. */
export function produceRequest(
  batches: readonly EncodedBatch[],
  timeoutMs: number,
  brokerVersion: number,
): ApiRequest<readonly ProduceAnswer[]> {
  const apiVersion = Math.min(brokerVersion, 8);
  const size = batches.reduce((sum, batch) => sum + batch.records.length + batch.topic.length + 32, 64);
  const writer = new ByteWriter(size).string(null).int16(ALL_IN_SYNC_REPLICAS).int32(timeoutMs);
  writer.array([...Map.groupBy(batches, (batch) => batch.topic)], ([topic, partitions]) => {
    writer.string(topic).array(partitions, ({ partition, records }) => writer.int32(partition).int32(records.length).raw(records));
  });
  return { apiKey: 0, apiName: 'Produce', apiVersion, body: writer.finish(), decode: (payload) => decode(payload, apiVersion) };
}

function decode(payload: Buffer, apiVersion: number): { throttleTimeMs: number; value: readonly ProduceAnswer[] } {
  const reader = new ByteReader(payload);
  const answers: ProduceAnswer[] = [];
  reader.array(() => {
    const topic = reader.string() ?? '';
    reader.array(() => {
      const partition = reader.int32();
      const errorCode = reader.int16();
      const baseOffset = reader.int64();
      reader.int64(); // log append time
      reader.int64(); // log start offset
      let message: string | null = null;
      let latestTimestampMs: number | null = null;
      if (apiVersion >= 8) {
        const refused = reader.array(() => ({ index: reader.int32(), message: reader.string() }));
        const ofRecord = refused.find((record) => record.message !== null)?.message ?? null;
        message = reader.string() ?? ofRecord;
        const [, latest] = TIMESTAMP_RANGE.exec(ofRecord ?? '') ?? [];
        if (latest !== undefined) latestTimestampMs = Number(latest);
      }
      answers.push({ topic, partition, errorCode, baseOffset, message, latestTimestampMs });
    });
  });
  return { throttleTimeMs: reader.int32(), value: answers };
}
