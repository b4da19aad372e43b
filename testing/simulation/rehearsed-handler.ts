import type { Action } from '../../src/action.ts';
import type { BatchContext, FailedAnswer, Handler, HandlerContext } from '../../src/handler.ts';
import type { Logger } from '../../src/logger.ts';
import type { ProducerRecord, JsonProducerRecord, RecordMetadata, RecordProducer } from '../../src/producer/record-producer.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { contextAbout } from './context-about.ts';
import type { InFlight, InFlightCall } from './in-flight.ts';
import { withinCall, type CurrentCall } from './current-call.ts';
import type { Incarnation } from './incarnation.ts';

/** The same handler, whose running calls the loop knows of. A call that answers without a promise costs next to nothing. */
export function rehearsedHandler(
  handler: Handler,
  inFlight: InFlight,
  owner: Incarnation,
  now: () => number,
  process: Pick<CurrentCall, 'clock' | 'random'>,
): Handler {
  const name = handler.topics.join(', ');
  const { processBatch } = handler;
  return {
    ...handler,
    ...(processBatch === undefined
      ? {}
      : {
          processBatch(contexts: readonly HandlerContext[], context: BatchContext) {
            const watched = new WatchedContext(batchContext(contexts, context), name, inFlight, owner);
            const answer = withinCall(
              () => watched.asCurrentCall(process),
              () => processBatch(contexts, watched),
            );
            return isPromise<readonly (Action | FailedAnswer)[]>(answer) ? watched.follow(answer, now()) : answer;
          },
        }),
    process(record: KafkaRecord, context: HandlerContext): Action | Promise<Action> {
      const watched = new WatchedContext(context, name, inFlight, owner);
      const answer = withinCall(
        () => watched.asCurrentCall(process),
        () => handler.process(record, watched),
      );
      return isPromise<Action>(answer) ? watched.follow(answer, now()) : answer;
    },
  };
}

/** The context of a batch, under the name of its first record. */
function batchContext([first]: readonly HandlerContext[], context: BatchContext): HandlerContext {
  if (first === undefined) throw new RangeError('A batch has a record at least');
  return contextAbout(first, context);
}

/** The runtime's context, seen through: sleeping and producing are waits that the simulation controls. */
class WatchedContext implements HandlerContext {
  readonly #inner: HandlerContext;
  readonly #handler: string;
  readonly #inFlight: InFlight;
  readonly #owner: Incarnation;
  #call: InFlightCall | null = null;
  /** Waits before the call has answered its promise. */
  #earlyWaits = 0;

  constructor(inner: HandlerContext, handler: string, inFlight: InFlight, owner: Incarnation) {
    this.#inner = inner;
    this.#handler = handler;
    this.#inFlight = inFlight;
    this.#owner = owner;
  }

  get id(): string {
    return this.#inner.id;
  }

  get record(): KafkaRecord {
    return this.#inner.record;
  }

  get attempt(): number {
    return this.#inner.attempt;
  }

  get failures(): number {
    return this.#inner.failures;
  }

  get signal(): AbortSignal {
    return this.#inner.signal;
  }

  get logger(): Logger {
    return this.#inner.logger;
  }

  get clock(): HandlerContext['clock'] {
    const { clock } = this.#inner;
    return { now: () => clock.now(), sleep: (delayMs, options) => this.#waitFor(clock.sleep(delayMs, options)) };
  }

  get producer(): RecordProducer {
    const { producer } = this.#inner;
    return {
      send: (topic: string, record: ProducerRecord): Promise<RecordMetadata> => this.#waitFor(producer.send(topic, record)),
      sendJson: (topic: string, record: JsonProducerRecord): Promise<RecordMetadata> => this.#waitFor(producer.sendJson(topic, record)),
      flush: () => this.#waitFor(producer.flush()),
    };
  }

  asCurrentCall({ clock, random }: Pick<CurrentCall, 'clock' | 'random'>): CurrentCall {
    return { handler: this.#handler, record: this.id, clock, random, waitFor: (change) => this.#change(change) };
  }

  follow<Answer>(answer: Promise<Answer>, since: number): Promise<Answer> {
    const call: InFlightCall = { handler: this.#handler, record: this.#inner.id, since };
    this.#call = call;
    this.#inFlight.begin(call, this.#earlyWaits);
    const forget = this.#owner.onKill(() => this.#inFlight.end(call));
    const end = (): void => {
      forget();
      this.#inFlight.end(call);
    };
    answer.then(end, end);
    return answer;
  }

  #waitFor<T>(wait: Promise<T>): Promise<T> {
    this.#change(1);
    const done = (): void => this.#change(-1);
    wait.then(done, done);
    return wait;
  }

  #change(by: 1 | -1): void {
    if (this.#call === null) this.#earlyWaits += by;
    else this.#inFlight.wait(this.#call, by);
  }
}

/** By its shape: under Jest, promises of two realms meet. A handler may answer anything at all, nothing included: the runtime judges that. */
function isPromise<Answer>(answer: unknown): answer is Promise<Answer> {
  return typeof (answer as { readonly then?: unknown } | null | undefined)?.then === 'function';
}
