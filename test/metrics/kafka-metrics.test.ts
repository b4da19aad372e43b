import { Registry, register } from 'prom-client';
import { afterEach, describe, expect, test } from 'vitest';
import { KafkaError } from '../../src/errors.ts';
import { consume, defineHandler, reject, skip } from '../../src/index.ts';
import type { Handler, HandlerContext } from '../../src/index.ts';
import { kafkaMetrics } from '../../src/metrics/index.ts';
import type { KafkaMetricsOptions } from '../../src/metrics/index.ts';
import { rehearse } from '../../testing/index.ts';
import type { Stage } from '../../testing/index.ts';
import { scrape } from './scrape.ts';

const decoder = new TextDecoder();

/** Answers by what the record says, after 250 ms. */
function orders(): Handler {
  return defineHandler({
    topic: 'orders',
    tombstones: 'consume',
    retry: { initialDelayMs: 1_000, maxDelayMs: 1_000, factor: 1 },
    async handle(bytes: Uint8Array, { attempt, clock }: HandlerContext) {
      await clock.sleep(250);
      const wish = decoder.decode(bytes);
      if (wish === 'skip' && attempt < 3) return skip('store busy', { retryAfterMs: 60_000 });
      if (wish === 'throw' && attempt < 2) throw new TypeError('no');
      if (wish === 'reject') return reject('too-old');
      return consume();
    },
  });
}

const registry = new Registry();
afterEach(() => registry.clear());

/** A stage with metrics; its virtual clock is the metrics' own. */
async function meteredStage(options: KafkaMetricsOptions = {}): Promise<{ stage: Stage; metrics: ReturnType<typeof kafkaMetrics> }> {
  let stage: Stage | null = null;
  const clock = { now: () => stage?.clock.now() ?? 0, setTimer: () => ({ cancel: () => {} }), yield: () => {} };
  const metrics = kafkaMetrics({ registry, eventLoopDelay: false, clock, ...options });
  stage = await rehearse({
    handlers: () => [orders()],
    topics: [{ name: 'orders', partitions: 2 }],
    observers: [metrics.observer],
  });
  return { stage, metrics };
}

describe('beside what the stage says', () => {
  test('records by action and reason, deliveries, failures, retries, commits, times', async () => {
    const { stage } = await meteredStage();
    await stage.produce('orders', [
      ...['good', 'skip', 'throw', 'reject'].map((value) => ({ value, partition: 0 })),
      ...['good', 'reject', 'reject'].map((value) => ({ value, partition: 1 })),
      { value: null, partition: 1 },
    ]);
    await stage.idle();
    const series = await scrape(registry);
    const actions = [...stage.actions('orders', 0), ...stage.actions('orders', 1)];
    const count = (action: string): number => actions.filter((taken) => taken.action === action).length;
    expect(series.get('records_total{action="consume",topic="orders"}')).toBe(count('consume'));
    expect(count('consume')).toBe(5);
    expect(series.get('records_total{action="skip",reason="store busy",topic="orders"}')).toBe(count('skip'));
    expect(series.get('records_total{action="reject",reason="too-old",topic="orders"}')).toBe(count('reject'));
    expect(series.get('failures_total{error="TypeError",topic="orders"}')).toBe(1);
    expect(series.get('retries_total{topic="orders"}')).toBe(3);
    expect(series.get('deliveries_total{topic="orders"}')).toBe(11);
    expect(series.get('records_received_total{topic="orders"}')).toBe(8);
    expect(series.get('rebalances_total')).toBe(stage.observations.filter(({ kind }) => kind === 'joined').length);
    const acknowledged = stage.observations.filter(
      (observation) => observation.kind === 'commit-settled' && observation.outcome === 'acknowledged',
    );
    expect(series.get('commits_total{outcome="acknowledged",topic="orders"}')).toBe(acknowledged.length);
    // In virtual time a call takes exactly its 250 ms; the tombstone took none.
    expect(series.get('handler_duration_seconds_count{outcome="answered",topic="orders"}')).toBe(10);
    expect(series.get('handler_duration_seconds_sum{outcome="answered",topic="orders"}')).toBeCloseTo(9 * 0.25, 6);
    expect(series.get('handler_duration_seconds_sum{outcome="failed",topic="orders"}')).toBeCloseTo(0.25, 6);
    expect(series.get('handler_duration_seconds_bucket{le="0.1",outcome="answered",topic="orders"}')).toBe(1);
    expect(series.get('handler_duration_seconds_bucket{le="0.25",outcome="answered",topic="orders"}')).toBe(10);
    expect(series.get('commit_duration_seconds_count{outcome="acknowledged"}')).toBe(acknowledged.length);
    await stage.stop();
  });

  test('gauges are read from the bound manager: what is open, since when, and how far behind', async () => {
    const { stage, metrics } = await meteredStage();
    metrics.bind({ health: () => stage.health() ?? { state: 'stopped', topics: [], consumer: null, failure: null } });
    await stage.produce(
      'orders',
      ['skip', 'good', 'good'].map((value) => ({ value, partition: 0 })),
    );
    await stage.advance(31_000);
    const accepted = stage.observations.find(({ kind }) => kind === 'batch-accepted');
    const series = await scrape(registry);
    expect(series.get('running')).toBe(1);
    expect(series.get('open_records{partition="0",topic="orders"}')).toBe(3);
    expect(series.get('open_records{partition="1",topic="orders"}')).toBe(0);
    expect(series.get('queued_records{partition="0",topic="orders"}')).toBe(3);
    expect(series.get('retrying_records{partition="0",topic="orders"}')).toBe(1);
    expect(series.get('running_calls{partition="0",topic="orders"}')).toBe(0);
    expect(series.get('lag_records{partition="0",topic="orders"}')).toBe(3);
    expect(series.get('partition_halted{partition="0",topic="orders"}')).toBe(0);
    expect(series.get('oldest_open_age_seconds{partition="0",topic="orders"}')).toBe((stage.clock.now() - (accepted?.at ?? 0)) / 1_000);
    expect(series.get('oldest_open_age_seconds{partition="1",topic="orders"}')).toBe(0);
    await stage.idle();
    const after = await scrape(registry);
    expect(after.get('open_records{partition="0",topic="orders"}')).toBe(0);
    expect(after.get('lag_records{partition="0",topic="orders"}')).toBe(0);
    expect(after.get('committed_offset{partition="0",topic="orders"}')).toBe(stage.committedOffset('orders', 0));
    expect(after.get('oldest_open_age_seconds{partition="0",topic="orders"}')).toBe(0);
    await stage.stop();
  });

  test('series of a partition that was taken away, or whose member died, are gone; counters go on', async () => {
    const { stage, metrics } = await meteredStage();
    const unbind = metrics.bind({ health: () => stage.health() ?? { state: 'stopped', topics: [], consumer: null, failure: null } });
    const lags = async (): Promise<readonly string[]> =>
      [...(await scrape(registry)).keys()].filter((key) => key.startsWith('open_records'));
    await stage.produce(
      'orders',
      ['good', 'good'].map((value, partition) => ({ value, partition })),
    );
    await stage.idle();
    expect(await lags()).toHaveLength(2);
    const second = await stage.addMember();
    await stage.advance(60_000);
    expect(await lags()).toHaveLength(1);
    await second.leave();
    await stage.advance(60_000);
    expect(await lags()).toHaveLength(2);
    await stage.crash();
    expect(await lags()).toEqual([]);
    await stage.restart();
    await stage.produce('orders', [{ value: 'good', partition: 0 }]);
    await stage.idle();
    expect(await lags()).toHaveLength(2);
    expect((await scrape(registry)).get('records_total{action="consume",topic="orders"}')).toBe(3);
    unbind();
    expect(await lags()).toEqual([]);
    await stage.stop();
  });
});

test('one look at the health for one scrape', async () => {
  const { stage, metrics } = await meteredStage();
  let looks = 0;
  metrics.bind({ health: () => (looks++, stage.health() ?? { state: 'stopped', topics: [], consumer: null, failure: null }) });
  await registry.metrics();
  await registry.metrics();
  expect(looks).toBe(2);
  await stage.stop();
});

describe('with everything else that prom-client does', () => {
  test('OpenMetrics, JSON, default labels, merged registries, reset', async () => {
    const { stage } = await meteredStage({ prefix: 'orders_' });
    await stage.produce('orders', [{ value: 'good', partition: 0 }]);
    await stage.idle();
    await stage.stop();
    registry.setDefaultLabels({ group: 'g' });
    expect((await scrape(registry, 'orders_')).get('records_total{action="consume",group="g",topic="orders"}')).toBe(1);
    const json = await registry.getMetricsAsJSON();
    expect(json.find(({ name }) => name === 'orders_records_total')?.values).toContainEqual({
      value: 1,
      labels: { topic: 'orders', action: 'consume', reason: '', group: 'g' },
    });
    const open = new Registry();
    open.setContentType(Registry.OPENMETRICS_CONTENT_TYPE as never);
    const other = kafkaMetrics({ registry: open, eventLoopDelay: false });
    other.observer({ at: 1, member: 'm', kind: 'joined', memberId: 'a', generation: 1 });
    expect(await open.metrics()).toMatch(/# TYPE kafka_rehearsal_rebalances counter\nkafka_rehearsal_rebalances_total 1\n/);
    const merged = Registry.merge([registry, new Registry()]);
    expect(await merged.metrics()).toContain('orders_handler_duration_seconds_bucket{le="+Inf"');
    registry.resetMetrics();
    expect((await scrape(registry, 'orders_')).get('records_total{action="consume",group="g",topic="orders"}')).toBe(0);
  });

  test('close takes everything out of the registry, and nothing else', async () => {
    const metrics = kafkaMetrics({ client: { register } });
    expect(await register.metrics()).toMatch(/kafka_rehearsal_event_loop_delay_seconds\{quantile="0.99"\} \d/);
    metrics.close();
    expect(register.getMetricsAsArray()).toEqual([]);
    kafkaMetrics({ client: { register } }).close();
  });
});

test.for<[string, KafkaMetricsOptions, RegExp]>([
  ['nothing', undefined as never, /the options are undefined, expected { registry } or { client }/],
  ['a name that is none', { registry, prefixes: 'x' } as never, /prefixes is unknown; there are registry, client, prefix,/],
  ['no registry', {}, /registry is undefined, expected a Registry of prom-client 15/],
  ['a bad prefix', { registry, prefix: '1-' }, /prefix is "1-", expected/],
  ['too many reasons', { registry, maxReasons: 1e6 }, /maxReasons is 1000000, expected an integer from 1 to 1000/],
  ['buckets that do not ascend', { registry, handlerBuckets: [1, 1] }, /handlerBuckets is \[1,1\], expected/],
])('%s is told at once', ([, options, message]) => {
  expect(() => kafkaMetrics(options)).toThrow(message);
  expect(() => kafkaMetrics(options)).toThrow(KafkaError);
});

test('a second one on the same registry names its choices, and registers nothing', () => {
  kafkaMetrics({ registry, eventLoopDelay: false });
  const before = registry.getMetricsAsArray().length;
  expect(() => kafkaMetrics({ registry })).toThrow(
    /has a metric kafka_rehearsal_records_total already.*a registry or a prefix of their own/,
  );
  expect(registry.getMetricsAsArray()).toHaveLength(before);
});
