/**
 * What a partition's leader remembers of idempotent producers, so that a batch sent twice is written once.
 * Source: org.apache.kafka.storage.internals.log.ProducerStateManager, ProducerStateEntry (five batches), ProducerAppendInfo.
 * Not modelled: expiry of producer ids, transactions.
 */
import type { BrokerErrorCode } from './error-code.ts';

/** Kafka keeps the metadata of so many batches per producer and partition. */
const REMEMBERED_BATCHES = 5;
/** Sequences wrap here. */
const MAX_SEQUENCE = 2_147_483_647;

/** Names a batch of an idempotent producer. */
export interface ProducerBatch {
  readonly producerId: number;
  readonly producerEpoch: number;
  /** Of its first record; counts up by one per record and partition, from 0. */
  readonly baseSequence: number;
}

interface RememberedBatch {
  readonly baseSequence: number;
  readonly lastSequence: number;
  readonly baseOffset: number;
}

interface ProducerEntry {
  epoch: number;
  /** Oldest first. */
  batches: RememberedBatch[];
}

/** What is to be done with a batch: append it, answer as if it had been, or refuse. */
export type SequenceVerdict =
  | { readonly kind: 'append' }
  | { readonly kind: 'duplicate'; readonly baseOffset: number }
  | { readonly kind: 'refused'; readonly errorCode: BrokerErrorCode };

export class ProducerState {
  readonly #producers = new Map<number, ProducerEntry>();

  judge({ producerId, producerEpoch, baseSequence }: ProducerBatch, records: number): SequenceVerdict {
    const entry = this.#producers.get(producerId);
    // Nothing is remembered: any sequence will do, as after retention removed the producer's records.
    if (entry === undefined) return { kind: 'append' };
    if (producerEpoch < entry.epoch) return { kind: 'refused', errorCode: 'INVALID_PRODUCER_EPOCH' };
    if (producerEpoch > entry.epoch)
      return baseSequence === 0 ? { kind: 'append' } : { kind: 'refused', errorCode: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
    const lastSequence = advance(baseSequence, records - 1);
    const known = entry.batches.find((batch) => batch.baseSequence === baseSequence && batch.lastSequence === lastSequence);
    if (known !== undefined) return { kind: 'duplicate', baseOffset: known.baseOffset };
    const last = entry.batches.at(-1);
    if (last === undefined || advance(last.lastSequence, 1) === baseSequence) return { kind: 'append' };
    return { kind: 'refused', errorCode: 'OUT_OF_ORDER_SEQUENCE_NUMBER' };
  }

  /** The batch stands in the log. */
  appended({ producerId, producerEpoch, baseSequence }: ProducerBatch, records: number, baseOffset: number): void {
    let entry = this.#producers.get(producerId);
    if (entry === undefined) this.#producers.set(producerId, (entry = { epoch: producerEpoch, batches: [] }));
    if (producerEpoch > entry.epoch) {
      entry.epoch = producerEpoch;
      entry.batches = [];
    }
    entry.batches.push({ baseSequence, lastSequence: advance(baseSequence, records - 1), baseOffset });
    if (entry.batches.length > REMEMBERED_BATCHES) entry.batches.shift();
  }

  /** Batches at or above `offset` are gone from the log. */
  truncate(offset: number): void {
    for (const [producerId, entry] of this.#producers) {
      entry.batches = entry.batches.filter((batch) => batch.baseOffset < offset);
      if (entry.batches.length === 0) this.#producers.delete(producerId);
    }
  }
}

function advance(sequence: number, by: number): number {
  const next = sequence + by;
  return next > MAX_SEQUENCE ? next - MAX_SEQUENCE - 1 : next;
}
