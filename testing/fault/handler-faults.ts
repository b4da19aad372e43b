import { reject } from '../../src/action.ts';
import type { Action } from '../../src/action.ts';
import type { Handler, HandlerContext } from '../../src/handler.ts';
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
    return {
      ...handler,
      process: (record, context) => {
        const id = `${record.topic}/${record.partition}/${record.offset}`;
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

  #disturbed(fault: Armed['fault'], handler: Handler, record: KafkaRecord, context: HandlerContext): Action | Promise<Action> {
    const act = (): Action | Promise<Action> => handler.process(record, context);
    switch (fault.kind) {
      case 'handler-throws':
        throw new Error('injected: the handler throws');
      case 'handler-rejects':
        return Promise.reject(new Error('injected: the handler rejects'));
      case 'handler-slow':
        return context.clock.sleep(fault.ms).then(act);
      case 'handler-late':
        return context.clock.sleep((handler.deadlineMs ?? 0) + fault.ms).then(act);
      case 'handler-hung':
        return this.#hang(context).then(act);
      case 'poison-record':
        throw new Error('A poisoned record is not given to its handler');
    }
  }

  /** Waits on the venue's clock, so that the venue knows that nothing else is waited for. */
  async #hang(context: HandlerContext): Promise<void> {
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

function isMeantFor(fault: Fault, record: KafkaRecord, member: string): boolean {
  if (fault.member !== undefined && fault.member !== member && !member.startsWith(`${fault.member}#`)) return false;
  return (fault.topic ?? record.topic) === record.topic && (fault.partition ?? record.partition) === record.partition;
}
