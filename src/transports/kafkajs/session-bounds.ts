import type { Clock } from '../../clock.ts';
import { KafkaError } from '../../errors.ts';
import type { Cluster } from './kafkajs-internals.ts';
import { anyBroker } from './topology.ts';
import { within } from './wait.ts';

const BROKER_RESOURCE = 4;
const [LEAST, MOST] = ['group.min.session.timeout.ms', 'group.max.session.timeout.ms'] as const;
/** The start has failed already; what is asked only makes its error better. */
const PATIENCE_MS = 1_000;

export interface SessionFacts {
  /** Not the consumer's own, whose connections kafkajs has ended when it crashed. Connected. */
  readonly cluster: () => Promise<Cluster>;
  readonly clock: Clock;
  readonly sessionTimeoutMs: number;
}

/** The refusal of a session time-out with what it is here, and what the brokers take where this client may ask them. */
export async function explainSessionTimeout(refusal: KafkaError, { cluster, clock, sessionTimeoutMs }: SessionFacts): Promise<KafkaError> {
  const bounds = await within(clock, PATIENCE_MS, cluster().then(readBounds), null).catch(() => null);
  const taken =
    bounds === null
      ? `the brokers take from ${LEAST} to ${MOST}, 6000 to 1800000 unless they are configured otherwise`
      : `the brokers take from ${bounds.least} (${LEAST}) to ${bounds.most} (${MOST})`;
  const message = `${refusal.message}: sessionTimeoutMs (KAFKA_SESSION_TIMEOUT_MS) is ${sessionTimeoutMs}, ${taken}.`;
  const { code, kafkaCode, cause, details } = refusal;
  return new KafkaError(code, message, { cause, kafkaCode, details: { ...details, sessionTimeoutMs, ...bounds } });
}

async function readBounds(cluster: Cluster): Promise<{ readonly least: number; readonly most: number }> {
  const broker = await anyBroker(cluster);
  const { resources } = await broker.describeConfigs({
    resources: [{ type: BROKER_RESOURCE, name: String(broker.nodeId), configNames: [LEAST, MOST] }],
  });
  const [least, most] = [LEAST, MOST].map((name) =>
    Number(resources[0]?.configEntries.find(({ configName }) => configName === name)?.configValue ?? undefined),
  ) as [number, number];
  if (!(least > 0 && most > 0)) throw new KafkaError('PROTOCOL', 'The broker tells no bounds of session time-outs.');
  return { least, most };
}
