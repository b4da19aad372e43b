import type { BatchContext, HandlerContext } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';

/**
 * The context of a call, told to be about `about`. What the two share is read from `context` when it is asked for, and no sooner: the runtime
 * makes some of it only then.
 */
export function contextAbout(about: Omit<HandlerContext, keyof BatchContext>, context: BatchContext): HandlerContext {
  return new ContextAbout(about, context);
}

class ContextAbout implements HandlerContext {
  readonly id: string;
  readonly record: KafkaRecord;
  readonly attempt: number;
  readonly failures: number;
  readonly #context: BatchContext;

  constructor({ id, record, attempt, failures }: Omit<HandlerContext, keyof BatchContext>, context: BatchContext) {
    this.id = id;
    this.record = record;
    this.attempt = attempt;
    this.failures = failures;
    this.#context = context;
  }

  get signal(): AbortSignal {
    return this.#context.signal;
  }

  get clock(): HandlerContext['clock'] {
    return this.#context.clock;
  }

  get logger(): HandlerContext['logger'] {
    return this.#context.logger;
  }

  get producer(): HandlerContext['producer'] {
    return this.#context.producer;
  }
}
