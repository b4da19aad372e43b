import type { ProduceBatch, ProduceResult, TransportProducer } from '../../src/transport.ts';
import type { HistoryRecorder } from './history-recorder.ts';
import { messageOf } from './message-of.ts';
import type { TappedMember } from './tapped-member.ts';

/** The same producer with a witness: what the subject sent, and what it was told. */
export function tapProducer(producer: TransportProducer, member: TappedMember, recorder: HistoryRecorder): TransportProducer {
  return {
    partitionCount: (topic) => producer.partitionCount(topic),
    close: () => producer.close(),
    async produce(batches: readonly ProduceBatch[]): Promise<readonly ProduceResult[]> {
      const sent = batches.map(({ topic, partition, records }) => ({
        produce: recorder.nextId(),
        member: member.name,
        topic,
        partition,
        messages: records.map(messageOf),
      }));
      if (member.alive) for (const each of sent) recorder.record({ kind: 'client-produce-sent', ...each });
      const results = await producer.produce(batches);
      sent.forEach((each, index) => {
        const result = results[index];
        if (result === undefined || !member.alive) return;
        const baseOffset = result.outcome === 'acknowledged' ? result.baseOffset : null;
        recorder.record({ kind: 'client-produce-settled', ...each, outcome: result.outcome, baseOffset });
      });
      return results;
    },
  };
}
