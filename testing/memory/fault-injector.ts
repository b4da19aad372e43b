import { KafkaError } from '../../src/errors.ts';
import type { BrokerErrorCode } from '../broker/error-code.ts';
import type { Api, Request, Response } from '../broker/protocol.ts';
import { FAULT_ERROR_CODES } from '../fault-error-codes.ts';
import { faultKindsOf, isRequestFault } from '../fault/catalogue.ts';
import { FaultCounts } from '../fault/fault-counts.ts';
import type { Fault, FaultKind, RequestFault } from '../fault.ts';

/** What the network does with one request. */
export type Interference =
  /** It never arrives. */
  | { readonly does: 'lose-request' }
  /** It is handled, its answer is lost. `felt` is called when that happens. */
  | { readonly does: 'lose-reply'; readonly felt: () => void }
  /** It never arrives; this is the answer. */
  | { readonly does: 'answer'; readonly response: Response }
  /** Only `remaining` arrives; `complete` puts what was taken out back into the answer. */
  | { readonly does: 'shrink'; readonly remaining: Request; readonly complete: (response: Response) => Response };

const API_OF: Readonly<Record<RequestFault['kind'], Api>> = {
  'commit-refused': 'OffsetCommit',
  'commit-request-lost': 'OffsetCommit',
  'commit-reply-lost': 'OffsetCommit',
  'fetch-request-lost': 'Fetch',
  'fetch-reply-lost': 'Fetch',
  'heartbeat-request-lost': 'Heartbeat',
  'produce-refused': 'Produce',
  'produce-reply-lost': 'Produce',
};

/** Kinds that the in-memory cluster can inject; those of handlers are the business of whoever runs the handlers. */
export const MEMORY_FAULT_KINDS: readonly FaultKind[] = faultKindsOf('memory');

/** Kinds that can meet a real client's requests. */
export const REQUEST_FAULT_KINDS: readonly FaultKind[] = Object.keys(API_OF) as FaultKind[];

interface ArmedFault {
  readonly fault: Extract<Fault, RequestFault>;
  remaining: number;
}

type Place = { readonly topic: string; readonly partition: number };

/** Faults that wait for the requests they are meant for. In the order of injection; one fault meets one request. */
export class FaultInjector {
  readonly #counts: FaultCounts;
  readonly #armed: ArmedFault[] = [];

  constructor(counts: FaultCounts = new FaultCounts()) {
    this.#counts = counts;
  }

  get fired(): ReadonlyMap<FaultKind, number> {
    return this.#counts.fired;
  }

  inject(fault: Fault): void {
    const times = fault.times ?? 1;
    if (!Number.isSafeInteger(times) || times < 1) {
      throw new KafkaError(
        'SCENARIO_INVALID',
        `A fault's times must be a whole number from 1 on; given ${String(times)} in ${JSON.stringify(fault)}`,
      );
    }
    if (!isRequestFault(fault)) {
      throw new KafkaError(
        'UNSUPPORTED',
        `Unknown fault kind ${JSON.stringify((fault as Fault).kind)}, or one that cannot meet a client's requests; those that can are ${REQUEST_FAULT_KINDS.join(', ')}`,
      );
    }
    if ('code' in fault && (fault.code === 'NONE' || FAULT_ERROR_CODES[fault.code] === undefined)) {
      const allowed = Object.keys(FAULT_ERROR_CODES).filter((code) => code !== 'NONE');
      throw new KafkaError(
        'SCENARIO_INVALID',
        `Unknown Kafka error code ${JSON.stringify(fault.code)} in a fault of kind ${fault.kind}; known are ${allowed.join(', ')}`,
      );
    }
    this.#armed.push({ fault, remaining: times });
  }

  /** Forgets what has not fired. */
  disarm(): void {
    this.#armed.length = 0;
  }

  /** Null: nothing is meant for this request. `sender` is the incarnation's name, such as `m1#2`. */
  interfere(sender: string, request: Request): Interference | null {
    if (this.#armed.length === 0) return null;
    const index = this.#armed.findIndex(({ fault }) => API_OF[fault.kind] === request.api && isMeantFor(fault, sender, request));
    const armed = this.#armed[index];
    if (armed === undefined) return null;
    armed.remaining -= 1;
    if (armed.remaining === 0) this.#armed.splice(index, 1);
    return this.#apply(armed.fault, request);
  }

  #apply(fault: Extract<Fault, RequestFault>, request: Request): Interference {
    switch (fault.kind) {
      case 'commit-request-lost':
      case 'fetch-request-lost':
      case 'heartbeat-request-lost':
        this.#counts.felt(fault);
        return { does: 'lose-request' };
      case 'commit-reply-lost':
      case 'fetch-reply-lost':
      case 'produce-reply-lost':
        return { does: 'lose-reply', felt: () => this.#counts.felt(fault) };
      case 'commit-refused':
        this.#counts.felt(fault);
        return refuseCommit(fault.code as BrokerErrorCode, request as Request<'OffsetCommit'>);
      case 'produce-refused':
        this.#counts.felt(fault);
        return refuseProduce(fault, request as Request<'Produce'>);
    }
  }
}

function isMeantFor(fault: Fault, sender: string, request: Request): boolean {
  if (fault.member !== undefined && fault.member !== sender && !sender.startsWith(`${fault.member}#`)) return false;
  if (request.api === 'Heartbeat') return fault.topic === undefined && fault.partition === undefined;
  if (!('partitions' in request) || request.partitions === null) return false;
  return request.partitions.some((place: Place) => isAt(fault, place));
}

function isAt(fault: Fault, place: Place): boolean {
  return (fault.topic ?? place.topic) === place.topic && (fault.partition ?? place.partition) === place.partition;
}

/** A coordinator refuses a commit as a whole. */
function refuseCommit(errorCode: BrokerErrorCode, request: Request<'OffsetCommit'>): Interference {
  const partitions = request.partitions.map(({ topic, partition }) => ({ topic, partition, errorCode }));
  return { does: 'answer', response: { api: 'OffsetCommit', partitions } };
}

/** A leader refuses partition by partition: the others of the same request are written. */
function refuseProduce(fault: Fault & { readonly code: string }, request: Request<'Produce'>): Interference {
  const refusal = ({ topic, partition }: Place) => ({
    topic,
    partition,
    errorCode: fault.code as BrokerErrorCode,
    baseOffset: -1,
    logAppendTimeMs: -1,
    logStartOffset: -1,
  });
  const spared = request.partitions.filter((place) => !isAt(fault, place));
  if (spared.length === 0) return { does: 'answer', response: { api: 'Produce', partitions: request.partitions.map(refusal) } };
  return {
    does: 'shrink',
    remaining: { ...request, partitions: spared },
    complete: (response) => {
      const answered = (response as Response<'Produce'>).partitions;
      const partitions = request.partitions.map(
        (place) => answered.find((each) => each.topic === place.topic && each.partition === place.partition) ?? refusal(place),
      );
      return { api: 'Produce', partitions };
    },
  };
}
