/**
 * Topic configuration: Kafka's names and defaults. What the core acts on is parsed, what it knows but does not model is
 * accepted, anything else is refused as Kafka refuses it.
 */
import type { BrokerConfig } from './broker-config.ts';

export interface TopicConfig {
  /** cleanup.policy contains `delete`. */
  readonly delete: boolean;
  /** cleanup.policy contains `compact`: records need keys. Compaction itself is not modelled. */
  readonly compact: boolean;
  /** retention.ms; −1: no limit. */
  readonly retentionMs: number;
  /** retention.bytes; −1: no limit. */
  readonly retentionBytes: number;
  /** max.message.bytes: of a batch. */
  readonly maxMessageBytes: number;
  /** message.timestamp.type is LogAppendTime. */
  readonly logAppendTime: boolean;
  /** message.timestamp.before.max.ms */
  readonly timestampBeforeMaxMs: number;
  /** message.timestamp.after.max.ms: one hour by default since Kafka 4.0 (KIP-1030), no limit before. */
  readonly timestampAfterMaxMs: number;
  /** min.insync.replicas: fewer, and a produce with acks −1 is refused. */
  readonly minInSyncReplicas: number;
  /** As they were given when the topic was made. */
  readonly given: Readonly<Record<string, string>>;
}

/** Known to Kafka and without effect here. */
const NOT_MODELLED = new Set([
  'compression.gzip.level',
  'compression.lz4.level',
  'compression.type',
  'compression.zstd.level',
  'delete.retention.ms',
  'file.delete.delay.ms',
  'flush.messages',
  'flush.ms',
  'follower.replication.throttled.replicas',
  'index.interval.bytes',
  'leader.replication.throttled.replicas',
  'local.retention.bytes',
  'local.retention.ms',
  'max.compaction.lag.ms',
  'min.cleanable.dirty.ratio',
  'min.compaction.lag.ms',
  'preallocate',
  'remote.storage.enable',
  'segment.bytes',
  'segment.index.bytes',
  'segment.jitter.ms',
  'segment.ms',
  'unclean.leader.election.enable',
]);

/** Kafka's "no limit"; more than a number holds exactly. */
const JAVA_LONG_MAX = '9223372036854775807';

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** The parsed configuration, or what is wrong with it. */
export function parseTopicConfig(
  configs: Readonly<Record<string, string>>,
  broker: BrokerConfig,
): TopicConfig | { readonly problem: string } {
  const config: Mutable<TopicConfig> = {
    delete: true,
    compact: false,
    retentionMs: broker.logRetentionMs,
    retentionBytes: broker.logRetentionBytes,
    maxMessageBytes: broker.messageMaxBytes,
    logAppendTime: false,
    timestampBeforeMaxMs: Number.MAX_SAFE_INTEGER,
    timestampAfterMaxMs: 3_600_000,
    minInSyncReplicas: 1,
    given: { ...configs },
  };
  for (const [name, value] of Object.entries(configs)) {
    const problem = applyConfig(config, name, value);
    if (problem !== null) return { problem };
  }
  return config;
}

function applyConfig(config: Mutable<TopicConfig>, name: string, value: string): string | null {
  switch (name) {
    case 'cleanup.policy': {
      const policies = value.split(',').map((policy) => policy.trim());
      if (!policies.every((policy) => policy === 'delete' || policy === 'compact')) return invalid(name, value, 'delete, compact or both');
      config.delete = policies.includes('delete');
      config.compact = policies.includes('compact');
      return null;
    }
    case 'message.timestamp.type':
      if (value !== 'CreateTime' && value !== 'LogAppendTime') return invalid(name, value, 'CreateTime or LogAppendTime');
      config.logAppendTime = value === 'LogAppendTime';
      return null;
    case 'retention.ms':
      return applyInteger(name, value, -1, (number) => (config.retentionMs = number));
    case 'retention.bytes':
      return applyInteger(name, value, -1, (number) => (config.retentionBytes = number));
    case 'max.message.bytes':
      return applyInteger(name, value, 0, (number) => (config.maxMessageBytes = number));
    case 'message.timestamp.before.max.ms':
      return applyInteger(name, value, 0, (number) => (config.timestampBeforeMaxMs = number));
    case 'message.timestamp.after.max.ms':
      return applyInteger(name, value, 0, (number) => (config.timestampAfterMaxMs = number));
    case 'min.insync.replicas':
      return applyInteger(name, value, 1, (number) => (config.minInSyncReplicas = number));
    default:
      return NOT_MODELLED.has(name) ? null : `Unknown topic config name: ${name}`;
  }
}

function applyInteger(name: string, value: string, minimum: number, apply: (number: number) => void): string | null {
  const number = /^-?\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(number >= minimum)) return invalid(name, value, `a whole number of at least ${minimum}`);
  apply(number);
  return null;
}

/** The settings that the core acts on as texts, and what else was given; the defaults of what it does not model are not known. */
export function topicConfigTexts(config: TopicConfig): Readonly<Record<string, string>> {
  return {
    ...config.given,
    'cleanup.policy': listText(config.given['cleanup.policy'] ?? 'delete'),
    'max.message.bytes': String(config.maxMessageBytes),
    'message.timestamp.after.max.ms': String(config.timestampAfterMaxMs),
    'message.timestamp.before.max.ms':
      config.timestampBeforeMaxMs === Number.MAX_SAFE_INTEGER ? JAVA_LONG_MAX : String(config.timestampBeforeMaxMs),
    'message.timestamp.type': config.logAppendTime ? 'LogAppendTime' : 'CreateTime',
    'min.insync.replicas': String(config.minInSyncReplicas),
    'retention.bytes': String(config.retentionBytes),
    'retention.ms': String(config.retentionMs),
  };
}

/** Lists are told without blanks. */
function listText(value: string): string {
  return value
    .split(',')
    .map((each) => each.trim())
    .join(',');
}

function invalid(name: string, value: string, expected: string): string {
  return `Invalid value ${value} for configuration ${name}: expected ${expected}`;
}
