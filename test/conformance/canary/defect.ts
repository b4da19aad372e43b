/**
 * Transports with one defect each, made from a good one. The conformance suite must fail every one of them, in the case
 * that is named here: a suite that a broken transport passes proves nothing.
 */
import type { TransportAdmin } from '../../../src/admin.ts';
import type {
  ConsumerListener,
  PartitionCommit,
  PartitionEpoch,
  Transport,
  TransportConsumer,
  TransportProducer,
} from '../../../src/transport.ts';

export interface Defect {
  readonly name: string;
  /** Part of the name of a case that must fail. */
  readonly caughtBy: string;
  /** Part of what it must say. */
  readonly says: RegExp;
  readonly listener?: (good: ConsumerListener, consumer: () => TransportConsumer, memory: Memory) => Partial<ConsumerListener>;
  readonly consumer?: (good: TransportConsumer, listener: ConsumerListener, memory: Memory) => Partial<TransportConsumer>;
  readonly producer?: (good: TransportProducer) => Partial<TransportProducer>;
  readonly admin?: (good: TransportAdmin) => Partial<TransportAdmin>;
  readonly transport?: (good: Transport) => Partial<Transport>;
}

/** What a defect remembers of one consumer. */
interface Memory {
  assigned: readonly PartitionEpoch[];
  delivered: PartitionCommit | null;
}

/** The good transport with the defect. */
export function withDefect(good: Transport, defect: Defect): Transport {
  return {
    name: good.name,
    capabilities: good.capabilities,
    admin: { ...bound(good.admin), ...defect.admin?.(good.admin) },
    connect: (options) => good.connect(options),
    createConsumer(options, listener) {
      const made: { consumer?: TransportConsumer } = {};
      const memory: Memory = { assigned: [], delivered: null };
      const told: ConsumerListener = { ...bound(listener), ...defect.listener?.(listener, () => made.consumer!, memory) };
      const consumer = good.createConsumer(options, told);
      made.consumer = consumer;
      return { ...bound(consumer), ...defect.consumer?.(consumer, listener, memory) };
    },
    createProducer(options) {
      const producer = good.createProducer(options);
      return { ...bound(producer), ...defect.producer?.(producer) };
    },
    close: () => good.close(),
    ...defect.transport?.(good),
  };
}

/** All methods of an object, of its classes too, bound to it. */
export function bound<Target extends object>(target: Target): Target {
  const methods: Record<string, unknown> = {};
  for (
    let level: object | null = target;
    level !== null && level !== Object.prototype;
    level = Object.getPrototypeOf(level) as object | null
  ) {
    for (const name of Object.getOwnPropertyNames(level)) {
      const value: unknown = Reflect.get(target, name);
      if (typeof value === 'function' && name !== 'constructor') methods[name] ??= value.bind(target) as unknown;
    }
  }
  return methods as Target;
}
