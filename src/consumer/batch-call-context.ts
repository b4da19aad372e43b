import type { BatchContext, HandlerContext } from '../handler.ts';
import type { Logger } from '../logger.ts';
import type { RecordProducer } from '../producer/record-producer.ts';
import type { KafkaRecord } from '../record.ts';
import { CallSignal } from './call-signal.ts';
import type { ContextServices } from './delivery-context.ts';

/** The context of one call with several records. */
export class BatchCallContext extends CallSignal implements BatchContext {
  readonly #services: ContextServices;
  readonly #first: KafkaRecord;
  readonly #records: number;
  #logger: Logger | null = null;

  constructor(services: ContextServices, first: KafkaRecord, records: number) {
    super();
    this.#services = services;
    this.#first = first;
    this.#records = records;
  }

  get clock(): HandlerContext['clock'] {
    return this.#services.clock;
  }

  get logger(): Logger {
    const { topic, partition, offset } = this.#first;
    return (this.#logger ??= this.#services.logger.child({ topic, partition, offset, records: this.#records }));
  }

  get producer(): RecordProducer {
    return this.#services.producer;
  }
}
