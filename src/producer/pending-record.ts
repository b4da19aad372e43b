import type { ProduceRecord } from '../transport.ts';
import type { FlushGroup } from './flush-groups.ts';
import type { RecordMetadata } from './record-producer.ts';

/** A record between `send` and its acknowledgement or failure. */
export interface PendingRecord {
  readonly topic: string;
  /** As the caller asked; null leaves the choice to us. */
  readonly askedPartition: number | null;
  readonly record: ProduceRecord;
  /** Size on the wire at most. */
  readonly bytes: number;
  /** By the injected clock. */
  readonly sentAt: number;
  readonly group: FlushGroup;
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: unknown) => void;
}
