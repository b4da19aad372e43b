import type { HandlerContext } from '../handler.ts';
import type { Logger } from '../logger.ts';
import type { RecordProducer } from '../producer/record-producer.ts';
import type { KafkaRecord } from '../record.ts';
import { CallSignal } from './call-signal.ts';

/** What the contexts of a consumer share. */
export interface ContextServices {
  readonly clock: HandlerContext['clock'];
  readonly logger: Logger;
  readonly producer: RecordProducer;
}

/** The context of one delivery. What costs something (id, signal, logger) is made when it is first touched. */
export class DeliveryContext extends CallSignal implements HandlerContext {
  readonly record: KafkaRecord;
  readonly attempt: number;
  readonly failures: number;
  readonly #services: ContextServices;
  #logger: Logger | null = null;

  constructor(services: ContextServices, record: KafkaRecord, attempt: number, failures: number) {
    super();
    this.#services = services;
    this.record = record;
    this.attempt = attempt;
    this.failures = failures;
  }

  get id(): string {
    return `${this.record.topic}/${this.record.partition}/${this.record.offset}`;
  }

  get clock(): HandlerContext['clock'] {
    return this.#services.clock;
  }

  get logger(): Logger {
    const { topic, partition, offset } = this.record;
    return (this.#logger ??= this.#services.logger.child({ topic, partition, offset, attempt: this.attempt }));
  }

  get producer(): RecordProducer {
    return this.#services.producer;
  }
}
