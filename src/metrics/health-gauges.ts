import type { Clock } from '../clock.ts';
import type { PartitionHealth } from '../consumer/health.ts';
import type { ManagerHealth } from '../manager-options.ts';
import type { GaugeName } from './catalogue.ts';
import type { ObservationMeter } from './observation-meter.ts';

/** What gauges are read from: a manager. */
export interface MeteredManager {
  health(): ManagerHealth;
}

type Reading = readonly [value: number, ...labels: string[]];
type PartitionGauge = (partition: PartitionHealth) => number | null;

/** The gauges that are one number of each held partition; null where it is not known yet. */
function partitionGauges(clock: Clock, meter: ObservationMeter): Readonly<Partial<Record<GaugeName, PartitionGauge>>> {
  return {
    lag_records: ({ lag }) => lag,
    committed_offset: ({ committed }) => committed,
    open_records: ({ open }) => open,
    queued_records: ({ queued }) => queued,
    retrying_records: ({ retrying }) => retrying,
    running_calls: ({ running }) => running,
    oldest_open_age_seconds: ({ topic, partition, epoch, open, committable }) => {
      const acceptedAt = open === 0 ? null : meter.acceptedAt(topic, partition, epoch, committable);
      return acceptedAt === null ? 0 : Math.max(0, clock.now() - acceptedAt) / 1_000;
    },
    retention_headroom_seconds: ({ retentionHeadroomMs }) => (retentionHeadroomMs === null ? null : retentionHeadroomMs / 1_000),
    partition_paused: ({ paused }) => (paused ? 1 : 0),
    halted_lanes: ({ haltedLanes }) => haltedLanes.length,
    partition_halted: ({ phase }) => (phase === 'halted' ? 1 : 0),
  };
}

/** Reads a manager's health once for each scrape. */
export class HealthGauges {
  readonly #gauges: Partial<Record<GaugeName, PartitionGauge>>;
  #manager: MeteredManager | null = null;
  #taken: ManagerHealth | null = null;

  constructor(clock: Clock, meter: ObservationMeter) {
    this.#gauges = partitionGauges(clock, meter);
  }

  /** Replaces the manager that was bound before. Returns what unbinds it. */
  bind(manager: MeteredManager): () => void {
    this.#manager = manager;
    this.#taken = null;
    return () => {
      if (this.#manager !== manager) return;
      this.#manager = null;
      this.#taken = null;
    };
  }

  /** Nothing without a manager. */
  read(name: GaugeName): readonly Reading[] {
    const health = this.#health();
    if (health === null) return [];
    if (name === 'running') return [[health.consumer?.state === 'running' ? 1 : 0]];
    const gauge = this.#gauges[name];
    if (gauge === undefined) return [];
    const readings: Reading[] = [];
    for (const partition of health.consumer?.partitions ?? []) {
      const value = gauge(partition);
      if (value !== null) readings.push([value, partition.topic, String(partition.partition)]);
    }
    return readings;
  }

  /** A registry reads all of its metrics in one turn: they look at one and the same state. */
  #health(): ManagerHealth | null {
    if (this.#taken === null && this.#manager !== null) {
      this.#taken = this.#manager.health();
      void Promise.resolve().then(() => {
        this.#taken = null;
      });
    }
    return this.#taken;
  }
}
