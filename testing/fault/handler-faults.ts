import { reject } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import type { BatchContext, FailedAnswer, Handler, HandlerContext } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { isHandlerFault } from './catalogue.ts';
import type { FaultCounts } from './fault-counts.ts';
import type { Fault, HandlerFault } from '../fault.ts';

type Armed = { readonly fault: Extract<Fault, HandlerFault>; remaining: number };

/** Makes handler calls go wrong, on any venue. Belongs between the handler and whoever takes down its answers. */
export class HandlerFaults {
  readonly #counts: FaultCounts;
  readonly #armed: Armed[] = [];
  readonly #poisoned = new Set<string>();
  /** Calls that hang until the faults are over. */
  readonly #hung = new Set<() => void>();

  constructor(counts: FaultCounts) {
    this.#counts = counts;
  }

  inject(fault: Fault): void {
    if (isHandlerFault(fault)) this.#armed.push({ fault, remaining: fault.times ?? 1 });
  }

  /** Nothing goes wrong any more, and what hung goes on. Poisoned records stay what they are. */
  disarm(): void {
    this.#armed.length = 0;
    for (const release of this.#hung) release();
    this.#hung.clear();
  }

  /** `member` is the name of the life in which the handler runs. */
  around(handler: Handler, member: string): Handler {
    const { processBatch } = handler;
    return {
      ...handler,
      ...(processBatch === undefined
        ? {}
        : {
            processBatch: (contexts: readonly HandlerContext[], context: BatchContext) =>
              this.#batch(handler, processBatch, member, contexts, context),
          }),
      process: (record, context) => {
        const id = idOf(record);
        if (this.#poisoned.has(id)) return reject('decode-failed');
        const fault = this.#armed.length === 0 ? null : this.#take(record, member);
        if (fault === null) return handler.process(record, context);
        this.#counts.felt(fault);
        if (fault.kind === 'poison-record') {
          this.#poisoned.add(id);
          return reject('decode-failed');
        }
        return this.#disturbed(fault, handler, record, context);
      },
    };
  }

  /** What befalls a record of a batch befalls the call; only a poisoned record is answered by itself, and the rest goes on without it. */
  async #batch(
    handler: Handler,
    inner: NonNullable<Handler['processBatch']>,
    member: string,
    contexts: readonly HandlerContext[],
    context: BatchContext,
  ): Promise<readonly (Action | FailedAnswer)[]> {
    let delayed: Promise<void> | null = null;
    for (const { record } of contexts) {
      if (this.#armed.length === 0 || this.#poisoned.has(idOf(record))) continue;
      const fault = this.#take(record, member);
      if (fault === null) continue;
      this.#counts.felt(fault);
      if (fault.kind === 'poison-record') {
        this.#poisoned.add(idOf(record));
        continue;
      }
      try {
        delayed = this.#delay(fault, handler, context);
      } catch (error) {
        return contexts.map((): FailedAnswer => ({ type: 'failed', error }));
      }
      break;
    }
    if (delayed !== null) await delayed;
    const sound = contexts.filter(({ record }) => !this.#poisoned.has(idOf(record)));
    const answers = sound.length === 0 ? [] : await inner(sound, context);
    let next = 0;
    return contexts.map(({ record }) => (this.#poisoned.has(idOf(record)) ? reject('decode-failed') : (answers[next++] as Action)));
  }

  /** What a call has to wait for before its handler is asked. Throws where the handler is not asked at all. */
  #delay(fault: Armed['fault'], handler: Handler, context: Pick<HandlerContext, 'clock'>): Promise<void> {
    switch (fault.kind) {
      case 'handler-slow':
        return context.clock.sleep(fault.ms);
      case 'handler-late':
        return context.clock.sleep((handler.deadlineMs ?? 0) + fault.ms);
      case 'handler-hung':
        return this.#hang(context);
      default:
        throw new Error(`injected: ${fault.kind}`);
    }
  }

  #disturbed(fault: Armed['fault'], handler: Handler, record: KafkaRecord, context: HandlerContext): Action | Promise<Action> {
    const act = (): Action | Promise<Action> => handler.process(record, context);
    switch (fault.kind) {
      case 'handler-throws':
        throw new Error('injected: the handler throws');
      case 'handler-rejects':
        return Promise.reject(new Error('injected: the handler rejects'));
      case 'handler-slow':
      case 'handler-late':
      case 'handler-hung':
        return this.#delay(fault, handler, context).then(act);
      case 'poison-record':
        throw new Error('A poisoned record is not given to its handler');
    }
  }

  /** Waits on the venue's clock, so that the venue knows that nothing else is waited for. */
  async #hang(context: Pick<HandlerContext, 'clock'>): Promise<void> {
    let over = false;
    this.#hung.add(() => {
      over = true;
    });
    for (let waitedMs = 0; !over && waitedMs < HANG_LIMIT_MS; waitedMs += HANG_STEP_MS) await context.clock.sleep(HANG_STEP_MS);
  }

  #take(record: KafkaRecord, member: string): Armed['fault'] | null {
    const index = this.#armed.findIndex(({ fault }) => isMeantFor(fault, record, member));
    const armed = this.#armed[index];
    if (armed === undefined) return null;
    armed.remaining -= 1;
    if (armed.remaining === 0) this.#armed.splice(index, 1);
    return armed.fault;
  }
}

/** How often a call that hangs looks whether the faults are over (ms). */
const HANG_STEP_MS = 500;
/** Longer than any plan has faults (ms). */
const HANG_LIMIT_MS = 86_400_000;

function idOf({ topic, partition, offset }: KafkaRecord): string {
  return `${topic}/${partition}/${offset}`;
}

function isMeantFor(fault: Fault, record: KafkaRecord, member: string): boolean {
  if (fault.member !== undefined && fault.member !== member && !member.startsWith(`${fault.member}#`)) return false;
  return (fault.topic ?? record.topic) === record.topic && (fault.partition ?? record.partition) === record.partition;
}
