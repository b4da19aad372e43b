import { KafkaError } from '../errors.ts';
import type { HealthAnswer, HealthRequest, ProbedManager } from './answer.ts';
import { BodyError } from './body.ts';

/** What an operator decides on: a halted record, or with no offset every halted lane of its partition. */
export interface HaltedSelection {
  readonly topic: string;
  readonly partition: number;
  readonly offset?: number;
}

/** What operators can make a manager do. Both refuse, by a KafkaError HANDLER_MISSING, a topic that is not consumed here. */
export interface OperatedManager {
  /** Delivers again; the number of lanes that go on. */
  retryHalted(selection: HaltedSelection): number;
  /** Sends the record to the dead letters, and lets its lane go on; false when nothing is halted there. Rejects with a KafkaError. */
  deadLetterHalted(selection: Required<HaltedSelection>): Promise<boolean>;
}

/** What is asked before anything is done. */
export interface OperatorRequest {
  readonly method: string;
  readonly path: string;
  header(name: string): string | null;
  /** The server's own request. */
  readonly raw: unknown;
}

export interface OperatorOptions {
  /** Whether this request may decide on halted lanes. Nothing is done unless it answers true; one that throws has not. */
  readonly authorize: (request: OperatorRequest) => boolean | Promise<boolean>;
}

type Operation = (manager: OperatedManager & Pick<ProbedManager, 'health'>, body: unknown) => Promise<HealthAnswer>;

const OPERATIONS: Readonly<Record<string, Operation>> = {
  '/halted/retry': async (manager, body) => {
    const selection = readSelection(body);
    const resumed = manager.retryHalted(selection);
    if (resumed > 0) return { status: 200, body: { resumed } };
    return nothingHalted(manager, selection);
  },
  '/halted/dead-letter': async (manager, body) => {
    const { topic, partition, offset } = readSelection(body);
    if (offset === undefined) throw new BodyError(400, 'offset is missing: one record at a time goes to the dead letters');
    if (!(await manager.deadLetterHalted({ topic, partition, offset }))) return nothingHalted(manager, { topic, partition, offset });
    return { status: 200, body: { deadLettered: { topic, partition, offset } } };
  },
};

/** Whoever asked the wrong process is told so: another one may hold what is halted. */
function nothingHalted(manager: Pick<ProbedManager, 'health'>, selection: HaltedSelection): HealthAnswer {
  const partitions = manager.health().consumer?.partitions ?? [];
  const held = partitions.some(({ topic, partition }) => topic === selection.topic && partition === selection.partition);
  const error = held ? 'nothing is halted there' : 'this process does not hold the partition';
  return { status: 404, body: { error, held, ...selection } };
}

/** Null: no operation has this path. */
export async function operate(
  manager: OperatedManager & Pick<ProbedManager, 'health'>,
  { authorize }: OperatorOptions,
  path: string,
  request: HealthRequest,
): Promise<HealthAnswer | null> {
  const operation = Object.hasOwn(OPERATIONS, path) ? OPERATIONS[path] : undefined;
  if (operation === undefined) return null;
  if (request.method !== 'POST') return { status: 405, body: { error: 'expected POST' }, allow: 'POST' };
  if (!(await isAuthorized(authorize, request))) return { status: 403, body: { error: 'not allowed' } };
  try {
    return await operation(manager, await request.body());
  } catch (error) {
    return answerTo(error);
  }
}

async function isAuthorized(authorize: OperatorOptions['authorize'], request: HealthRequest): Promise<boolean> {
  const { method, path, raw } = request;
  try {
    return (await authorize({ method, path, raw, header: (name) => request.header(name) })) === true;
  } catch {
    // Whatever went wrong there: nobody said yes.
    return false;
  }
}

function answerTo(error: unknown): HealthAnswer {
  if (error instanceof BodyError) return { status: error.status, body: { error: error.message } };
  if (error instanceof KafkaError)
    return { status: error.code === 'HANDLER_MISSING' ? 404 : 409, body: { error: error.message, code: error.code } };
  return { status: 500, body: { error: 'it failed for a reason of its own' } };
}

function readSelection(body: unknown): HaltedSelection {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) throw new BodyError(400, 'the body is no JSON object');
  const { topic, partition, offset, ...rest } = body as Readonly<Record<string, unknown>>;
  if (typeof topic !== 'string' || topic === '') throw new BodyError(400, 'topic is no text');
  if (!isWhole(partition)) throw new BodyError(400, 'partition is no integer from 0 on');
  if (offset !== undefined && !isWhole(offset)) throw new BodyError(400, 'offset is no integer from 0 on');
  const strange = Object.keys(rest);
  if (strange.length > 0) throw new BodyError(400, 'expected topic, partition and offset, and nothing else');
  return offset === undefined ? { topic, partition } : { topic, partition, offset };
}

function isWhole(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
