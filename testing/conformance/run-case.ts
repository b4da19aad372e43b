import type { ProduceRecord, Transport, TransportCapabilities } from '../../src/transport.ts';
import type { Venue, VenueMember } from '../venue.ts';
import type { ConformanceCase, ConformanceContext, OpenedMember } from './conformance-case.ts';
import { describeEvent, Probe } from './probe.ts';

/** Of the venue's time, for each thing that a case waits for. */
const LIMIT_MS = 20_000;
const LEAST_SESSION_TIMEOUT_MS = 3_000;
const MAX_WAIT_TIME_MS = 100;
const EVENTS_SHOWN = 12;
/** Records have timestamps of long ago here, and brokers look for old ones from time to time. */
const KEEP_OLD_RECORDS = { 'retention.ms': '-1' };

export interface ConformanceOptions {
  readonly venue: Venue;
  /** What makes names of topics and groups this run's own; needed where the venue outlives it. */
  readonly runId?: string;
  /** The transport under test over a member's. Default: the member's itself. */
  readonly wrap?: (transport: Transport) => Transport;
}

/** Null when the case can run here, else what is missing. */
export function whyNot(conformanceCase: ConformanceCase, venue: Venue, capabilities: TransportCapabilities): string | null {
  const { requires, faults = [] } = conformanceCase;
  const missing = faults.filter((kind) => !venue.faultKinds.includes(kind));
  if (missing.length > 0) return `the venue "${venue.name}" cannot inject ${missing.join(', ')}`;
  if (requires === undefined) return null;
  const capable = requires === 'exactHeaders' ? capabilities.headerFidelity === 'exact' : capabilities[requires];
  return capable ? null : `the transport declares no ${requires}`;
}

/** Runs one case. Rejects with what was not kept; the venue is left open. */
export async function runCase(conformanceCase: ConformanceCase, options: ConformanceOptions): Promise<void> {
  const run = new CaseRun(conformanceCase.name, options);
  let failure: unknown = null;
  try {
    await conformanceCase.run(run.context);
  } catch (error) {
    failure = error;
  }
  // A broken rule says more than the wait that ran out because of it.
  const violations = run.violations();
  await run.dispose();
  if (violations.length === 0 && failure === null) return;
  const what = violations.length > 0 ? violations.slice(0, 3).join('; ') : (failure as Error).message;
  throw new Error([`${conformanceCase.name}: ${what}`, ...run.told()].join('\n'), { cause: failure });
}

class CaseRun {
  readonly context: ConformanceContext;
  readonly #options: ConformanceOptions;
  readonly #base: string;
  readonly #members: { readonly member: VenueMember; readonly transport: Transport; killed: boolean }[] = [];
  readonly #probes: Probe[] = [];
  readonly #topics: string[] = [];
  #names = 0;

  constructor(name: string, options: ConformanceOptions) {
    this.#options = options;
    const slug = name
      .toLowerCase()
      .replaceAll(/[^a-z0-9]+/g, '-')
      .slice(0, 40);
    this.#base = `${slug}-${options.runId ?? 'run'}`;
    const { venue } = options;
    const sessionTimeoutMs = Math.max(venue.minSessionTimeoutMs, LEAST_SESSION_TIMEOUT_MS);
    const until: ConformanceContext['until'] = (condition, what) => venue.until(condition, { withinMs: LIMIT_MS, describe: () => what });
    const settle: ConformanceContext['settle'] = async (promise, what) => {
      let settled = false;
      const done = (): void => void (settled = true);
      promise.then(done, done);
      await until(() => settled, `${what} to settle`);
      return promise;
    };
    let adminMember: Transport | null = null;
    this.context = {
      venue,
      sessionTimeoutMs,
      until,
      settle,
      groupId: `${this.#base}-group`,
      get admin() {
        adminMember ??= wrapped('admin');
        return adminMember.admin;
      },
      open: async (name) => {
        const opened = this.#openMember(name);
        await settle(opened.transport.connect({ timeoutMs: LIMIT_MS }), 'connect');
        return opened;
      },
      topicName: () => `${this.#base}-${(this.#names += 1)}`,
      topic: async ({ partitions = 1, configs = {} } = {}) => {
        const topic = this.context.topicName();
        this.#topics.push(topic);
        await settle(
          venue.admin.createTopics([{ name: topic, partitions, configs: { ...KEEP_OLD_RECORDS, ...configs } }]),
          'making a topic',
        );
        return topic;
      },
      probe: (member, topics, hooks = {}, overrides = {}) => {
        const heartbeatIntervalMs = Math.floor(sessionTimeoutMs / 10);
        const probe = new Probe(
          member.transport,
          {
            groupId: this.context.groupId,
            groupInstanceId: null,
            topics,
            sessionTimeoutMs,
            rebalanceTimeoutMs: 10_000,
            heartbeatIntervalMs,
            requestTimeoutMs: sessionTimeoutMs - 3 * heartbeatIntervalMs,
            maxWaitTimeMs: MAX_WAIT_TIME_MS,
            maxBytesPerPartition: 1_048_576,
            isolationLevel: 'read_committed',
            ...overrides,
          },
          hooks,
        );
        this.#probes.push(probe);
        return probe;
      },
      join: async (name, topics, hooks, overrides) => {
        const probe = this.context.probe(await this.context.open(name), topics, hooks, overrides);
        await settle(probe.consumer.start(), `start of ${name}`);
        return probe;
      },
      produce: (topic, partition, records) => settle(venue.produce(topic, partition, records.map(completeRecord)), 'the venue to produce'),
      rejection: async (promise, what) => {
        const code = await settle(
          promise.then(
            () => null,
            (error: { code?: string }) => error.code ?? String(error),
          ),
          what,
        );
        if (code === null) throw new Error(`${what} was expected to reject, and resolved`);
        return code;
      },
    };
    const wrapped = (name: string): Transport => this.#openMember(name).transport;
  }

  violations(): readonly string[] {
    return this.#probes.flatMap((probe) => probe.violations);
  }

  /** The last events of every consumer, for the message. */
  told(): readonly string[] {
    return this.#probes.map(
      (probe, index) => `  told to consumer ${index + 1}: ${probe.events.slice(-EVENTS_SHOWN).map(describeEvent).join(', ') || 'nothing'}`,
    );
  }

  async dispose(): Promise<void> {
    const { venue } = this.#options;
    const closing = this.#members.filter(({ killed }) => !killed).map(({ transport }) => transport.close());
    const all = Promise.allSettled([...closing]).then(() => undefined);
    await this.context.settle(all, 'closing').catch(() => undefined); // a transport that cannot close has failed its own case
    for (const { member } of this.#members) member.kill();
    if (venue.name === 'kafka' && this.#topics.length > 0) await venue.admin.deleteTopics(this.#topics).catch(() => undefined); // the case may have done it
  }

  #openMember(name: string): OpenedMember {
    const member = this.#options.venue.openMember(name);
    const transport = this.#options.wrap?.(member.transport) ?? member.transport;
    const entry = { member, transport, killed: false };
    this.#members.push(entry);
    return {
      transport,
      kill: () => {
        entry.killed = true;
        member.kill();
      },
    };
  }
}

function completeRecord(record: string | Partial<ProduceRecord>): ProduceRecord {
  const given = typeof record === 'string' ? { value: new TextEncoder().encode(record) } : record;
  return { key: null, value: null, headers: [], timestamp: 1_700_000_000_000, ...given };
}
