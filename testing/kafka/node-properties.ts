/** What the configuration of one node depends on. */
export interface NodeLayout {
  readonly nodeId: number;
  readonly directory: string;
  readonly clientPort: number;
  /** Brokers talk to each other here; the client listener may ask for credentials. */
  readonly internalPort: number;
  /** Of node 1, the only controller. */
  readonly controllerPort: number;
}

/** Listener of the clients. */
export interface ClientSecurity {
  readonly sasl: { readonly username: string; readonly password: string } | null;
  readonly tls: { readonly keyStore: string; readonly password: string } | null;
}

/** Shortest session time-out that our brokers accept, ms: a crashed member is noticed quickly. Kafka's default is 6000. */
export const MIN_SESSION_TIMEOUT_MS = 500;

/** `server.properties` of one KRaft node: small, quick to rebalance, nothing created by accident. */
export function nodeProperties(node: NodeLayout, security: ClientSecurity, overrides: Readonly<Record<string, string>>): string {
  const controller = node.nodeId === 1;
  const listeners = [`CLIENT://127.0.0.1:${node.clientPort}`, `INTERNAL://127.0.0.1:${node.internalPort}`];
  const properties: Record<string, string> = {
    'process.roles': controller ? 'broker,controller' : 'broker',
    'node.id': String(node.nodeId),
    'controller.quorum.voters': `1@127.0.0.1:${node.controllerPort}`,
    'controller.listener.names': 'CONTROLLER',
    'inter.broker.listener.name': 'INTERNAL',
    listeners: [...listeners, ...(controller ? [`CONTROLLER://127.0.0.1:${node.controllerPort}`] : [])].join(','),
    'advertised.listeners': listeners.join(','),
    'listener.security.protocol.map': `CLIENT:${protocolOf(security)},INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT`,
    'log.dirs': `${node.directory}/log`,
    'auto.create.topics.enable': 'false',
    // Internal topics: one partition and one replica, or the first group of a run waits for fifty.
    'offsets.topic.num.partitions': '1',
    'offsets.topic.replication.factor': '1',
    'transaction.state.log.num.partitions': '1',
    'transaction.state.log.replication.factor': '1',
    'transaction.state.log.min.isr': '1',
    'share.coordinator.state.topic.num.partitions': '1',
    'share.coordinator.state.topic.replication.factor': '1',
    'share.coordinator.state.topic.min.isr': '1',
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': String(MIN_SESSION_TIMEOUT_MS),
    // Tests produce records with timestamps of long ago: the first retention check, 30 s after the start, would remove them.
    'log.retention.ms': '-1',
    // A topic is made in many tests: keep what one costs small, and let its deletion free the disk at once.
    'log.segment.delete.delay.ms': '100',
    'log.cleaner.dedupe.buffer.size': '4194304',
    'num.network.threads': '2',
    'num.io.threads': '2',
    'num.replica.fetchers': '1',
    'background.threads': '2',
    'log.cleaner.threads': '1',
    'num.recovery.threads.per.data.dir': '1',
    'broker.heartbeat.interval.ms': '500',
    'broker.session.timeout.ms': '3000',
    ...securityProperties(security),
    ...overrides,
  };
  return Object.entries(properties)
    .map(([name, value]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`)
    .join('');
}

function protocolOf({ sasl, tls }: ClientSecurity): string {
  if (sasl !== null) return tls !== null ? 'SASL_SSL' : 'SASL_PLAINTEXT';
  return tls !== null ? 'SSL' : 'PLAINTEXT';
}

function securityProperties({ sasl, tls }: ClientSecurity): Record<string, string> {
  const properties: Record<string, string> = {};
  if (sasl !== null) {
    const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required';
    const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
    properties['sasl.enabled.mechanisms'] = 'PLAIN,SCRAM-SHA-256,SCRAM-SHA-512';
    properties['listener.name.client.plain.sasl.jaas.config'] = `${plain} user_${sasl.username}="${sasl.password}";`;
    properties['listener.name.client.scram-sha-256.sasl.jaas.config'] = scram;
    properties['listener.name.client.scram-sha-512.sasl.jaas.config'] = scram;
  }
  if (tls !== null) {
    properties['listener.name.client.ssl.keystore.type'] = 'PKCS12';
    properties['listener.name.client.ssl.keystore.location'] = tls.keyStore;
    properties['listener.name.client.ssl.keystore.password'] = tls.password;
    properties['listener.name.client.ssl.key.password'] = tls.password;
  }
  return properties;
}
