import { describe, expect, it } from 'vitest';
import { consume } from '../../src/action.ts';
import { HANDLER, type Handler, type HandlerContext } from '../../src/handler.ts';
import type { KafkaRecord } from '../../src/record.ts';
import { Cluster } from '../../testing/broker/cluster.ts';
import { FAULT_KINDS, FAULTS, faultKindsOf } from '../../testing/fault/catalogue.ts';
import { FaultCounts } from '../../testing/fault/fault-counts.ts';
import { HandlerFaults } from '../../testing/fault/handler-faults.ts';
import { FAULT_PROFILES } from '../../testing/fault/profiles.ts';
import { BrokerHost } from '../../testing/memory/broker-host.ts';
import { FaultInjector } from '../../testing/memory/fault-injector.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { NetworkFaults } from '../../testing/memory/network-faults.ts';
import { Network } from '../../testing/memory/network.ts';
import { EventLoop } from '../../testing/simulation/event-loop.ts';
import { Incarnation } from '../../testing/simulation/incarnation.ts';

const METADATA = { api: 'Metadata', topics: [] } as const;
const COORDINATOR = { api: 'FindCoordinator', keyType: 'group', key: 'g' } as const;

function simulation() {
  const loop = new EventLoop({ startAt: 0 });
  const counts = new FaultCounts();
  const host = new BrokerHost(new Cluster({ now: 0 }), loop);
  const troubles = new NetworkFaults(counts);
  const network = new Network(loop, host, new FaultInjector(counts), troubles, { seed: 1, minLatencyMs: 2, maxLatencyMs: 2 });
  const advance = (ms: number): Promise<void> =>
    loop.drive({ condition: () => false, limitAt: loop.now + ms, expired: () => null, describe: () => 'time' });
  return { loop, counts, network, troubles, owner: new Incarnation('a#1'), advance };
}

/** Notes when it settled, and how. */
function note(loop: EventLoop, into: string[], name: string, promise: Promise<unknown>): void {
  promise.then(
    () => into.push(`${name} ${loop.now}`),
    () => into.push(`${name} failed ${loop.now}`),
  );
}

describe('the simulated network', () => {
  it('delays a request, and what follows on its connection', async () => {
    const { loop, counts, network, troubles, owner, advance } = simulation();
    const connection = network.connect(owner, 1, 'x');
    const order: string[] = [];
    troubles.inject({ kind: 'request-delayed', api: 'Metadata', ms: 100 });
    note(loop, order, 'first', connection.request(METADATA, 1_000));
    note(loop, order, 'second', connection.request(COORDINATOR, 1_000));
    await advance(500);
    expect(order).toEqual(['first 104', 'second 104']);
    expect(counts.fired.get('request-delayed')).toBe(1);
  });

  it('delays an answer, and those behind it', async () => {
    const { loop, network, troubles, owner, advance } = simulation();
    const connection = network.connect(owner, 1, 'x');
    const order: string[] = [];
    troubles.inject({ kind: 'reply-delayed', api: 'Metadata', ms: 100 });
    note(loop, order, 'first', connection.request(METADATA, 1_000));
    note(loop, order, 'second', connection.request(COORDINATOR, 1_000));
    await advance(500);
    expect(order).toEqual(['first 102', 'second 102']);
  });

  it('lets a request of another connection overtake; nothing is felt where none does', async () => {
    const { loop, counts, network, troubles, owner, advance } = simulation();
    const order: string[] = [];
    troubles.inject({ kind: 'request-overtaken', api: 'Metadata' });
    note(loop, order, 'held', network.connect(owner, 1, 'x').request(METADATA, 5_000));
    await advance(50);
    note(loop, order, 'other', network.connect(owner, 2, 'y').request(METADATA, 5_000));
    await advance(50);
    expect(order).toEqual(['other 54', 'held 54']);
    expect(counts.fired.get('request-overtaken')).toBe(1);
    troubles.inject({ kind: 'request-overtaken', api: 'Metadata' });
    note(loop, order, 'alone', network.connect(owner, 1, 'z').request(METADATA, 5_000));
    await advance(2_000);
    expect(order.at(-1)).toBe('alone 1104');
    expect(counts.fired.get('request-overtaken')).toBe(1);
  });

  it('cuts a connection: what is open fails at once', async () => {
    const { loop, network, troubles, owner, advance } = simulation();
    const connection = network.connect(owner, 1, 'x');
    const order: string[] = [];
    troubles.inject({ kind: 'connection-cut', api: 'Metadata' });
    note(loop, order, 'cut', connection.request(METADATA, 5_000));
    await advance(100);
    expect(order).toEqual(['cut failed 4']);
    expect(connection.closed).toBe(true);
  });

  it('refuses with a code, and meets only whom it is meant for', async () => {
    const { network, troubles, owner, advance, counts } = simulation();
    troubles.inject({ kind: 'request-refused', api: 'FindCoordinator', code: 'COORDINATOR_NOT_AVAILABLE', member: 'b' });
    const spared = network.connect(owner, 1, 'x').request(COORDINATOR, 1_000);
    const met = network.connect(new Incarnation('b#2'), 1, 'x').request(COORDINATOR, 1_000);
    await advance(100);
    expect((await spared).errorCode).toBe('NONE');
    expect((await met).errorCode).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(counts.fired.get('request-refused')).toBe(1);
  });
});

describe('faults of the cluster and of processes', () => {
  it('break the connections to a broker that goes down, and end with the calm', async () => {
    const venue = new MemoryVenue();
    await venue.admin.createTopics([{ name: 'orders', partitions: 2, replicationFactor: 2 }]);
    venue.inject({ kind: 'broker-restarted', node: 1, downMs: 60_000 });
    const leaders = async () => (await venue.admin.describeTopics(['orders']))[0]?.partitions.map(({ leader }) => leader);
    expect(await leaders()).toEqual([2, 2]);
    expect(venue.fired.get('broker-restarted')).toBe(1);
    venue.disarm();
    venue.inject({ kind: 'broker-restarted', node: 2, downMs: 60_000 });
    expect(await leaders()).toEqual([1, 1]);
    await venue.close();
  });

  it('write a record once, however often the produce arrives, and also while no replica answers', async () => {
    const venue = new MemoryVenue({ produceUnderFaults: true });
    await venue.admin.createTopics([{ name: 'orders', partitions: 1, replicationFactor: 2, configs: { 'min.insync.replicas': '2' } }]);
    const record = { key: null, value: new Uint8Array([1]), headers: [], timestamp: venue.clock.now() };
    venue.inject({ kind: 'produce-duplicated' });
    venue.inject({ kind: 'produce-reply-lost' });
    venue.inject({ kind: 'not-enough-replicas', topic: 'orders', partition: 0, ms: 2_000 });
    const offsets: number[] = [];
    for (const _each of [1, 2, 3]) void venue.produce('orders', 0, [record]).then((offset) => offsets.push(offset));
    await venue.advance(10_000);
    expect(offsets.toSorted()).toEqual([0, 1, 2]);
    expect(venue.records('orders')).toHaveLength(3);
    for (const kind of ['produce-duplicated', 'produce-reply-lost', 'not-enough-replicas'] as const) expect(venue.fired.get(kind)).toBe(1);
    await venue.close();
  });

  it('stop a process for a while, move its wall clock, and kill it after so many events', async () => {
    const venue = new MemoryVenue();
    const happened: string[] = [];
    venue.onHappening = (happening) =>
      happened.push(happening.kind === 'fault' ? `${happening.fault.kind} ${happening.phase}` : happening.kind);
    const member = venue.openMember('a');
    const start = venue.clock.now();
    const ticks: number[] = [];
    const tick = (): void => {
      ticks.push(venue.clock.now() - start);
      member.clock.setTimer(100, tick);
    };
    member.clock.setTimer(100, tick);
    venue.inject({ kind: 'member-paused', member: 'a', ms: 950 });
    await venue.advance(1_100);
    expect(ticks).toEqual([950, 1_050]);
    venue.inject({ kind: 'clock-jumped', member: 'a', ms: 3_600_000 });
    expect(member.clock.now() - venue.clock.now()).toBe(3_600_000);
    venue.inject({ kind: 'member-crashed', member: 'a', afterEvents: 2 });
    await venue.advance(10_000);
    expect(ticks).toEqual([950, 1_050, 1_150, 1_250]);
    expect(happened).toEqual(['member-paused felt', 'member-paused over', 'clock-jumped felt', 'member-crashed felt', 'member-crashed']);
    await venue.close();
  });
});

describe('faults of handlers', () => {
  const record = { topic: 'orders', partition: 0, offset: 7, key: null, value: null, headers: [], timestamp: 0 } satisfies KafkaRecord;
  const handler: Handler = {
    [HANDLER]: true,
    topics: ['orders'],
    retry: { initialDelayMs: 1, maxDelayMs: 1, factor: 1 },
    deadlineMs: 50,
    process: consume,
  };
  const slept: number[] = [];
  const context = { clock: { now: () => 0, sleep: async (ms: number) => void slept.push(ms) } } as unknown as HandlerContext;

  it('throw, reject, come late, and poison a record for good', async () => {
    const counts = new FaultCounts();
    const faults = new HandlerFaults(counts);
    const disturbed = faults.around(handler, 'a#1');
    faults.inject({ kind: 'handler-throws', member: 'b' });
    expect(disturbed.process(record, context)).toEqual(consume());
    faults.inject({ kind: 'handler-throws' });
    expect(() => disturbed.process(record, context)).toThrow('injected');
    faults.inject({ kind: 'handler-rejects' });
    await expect(disturbed.process(record, context)).rejects.toThrow('injected');
    faults.inject({ kind: 'handler-late', ms: 5 });
    await disturbed.process(record, context);
    expect(slept).toEqual([55]);
    faults.inject({ kind: 'poison-record' });
    expect(disturbed.process(record, context)).toMatchObject({ type: 'reject', reason: 'decode-failed' });
    faults.disarm();
    expect(disturbed.process(record, context)).toMatchObject({ type: 'reject' });
    expect(disturbed.process({ ...record, offset: 8 }, context)).toEqual(consume());
    expect(Object.fromEntries(counts.fired)).toEqual({ 'handler-throws': 1, 'handler-rejects': 1, 'handler-late': 1, 'poison-record': 1 });
  });

  it('let go of a call that hangs when the faults are over', async () => {
    const faults = new HandlerFaults(new FaultCounts());
    faults.inject({ kind: 'handler-hung' });
    const turns = { ...context, clock: { now: () => 0, sleep: () => new Promise<void>((resolve) => void setImmediate(resolve)) } };
    let settled = false;
    const call = Promise.resolve(faults.around(handler, 'a#1').process(record, turns)).then(() => (settled = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(settled).toBe(false);
    faults.disarm();
    await call;
  });
});

describe('the catalogue', () => {
  it('has every kind in a profile, and says on which rungs it is possible', () => {
    expect(new Set(FAULT_PROFILES.everything.faults)).toEqual(new Set(FAULT_KINDS));
    for (const profile of Object.values(FAULT_PROFILES)) for (const kind of profile.faults) expect(FAULT_KINDS).toContain(kind);
    expect(faultKindsOf('memory')).toEqual(FAULT_KINDS);
    expect(faultKindsOf('kafka').every((kind) => FAULTS[kind].seat === 'request' || FAULTS[kind].seat === 'handler')).toBe(true);
  });
});
