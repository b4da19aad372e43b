import { KafkaError } from '../../src/errors.ts';
import { startOnDocker, whyNoDocker } from './docker.ts';
import { useGiven } from './given.ts';
import { startOnJvm, whyNoJvm } from './jvm.ts';

/** Kafka's release that is started where none is asked for. */
export const DEFAULT_KAFKA_VERSION = '4.3.1';

export interface RealKafkaOptions {
  /** Brokers; 1 by default. Node 1 is also the only controller. */
  readonly nodes?: 1 | 2 | 3;
  /** Such as `3.9.2`. Default: `KAFKA_REHEARSAL_VERSION`, else {@link DEFAULT_KAFKA_VERSION}. */
  readonly version?: string;
  /** Clients must give this user name and password, by PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512. JVM only. */
  readonly sasl?: { readonly username: string; readonly password: string };
  /** Clients must speak TLS; `certificateAuthority` of the result is what they trust. JVM only. */
  readonly tls?: boolean;
  /** Of `server.properties`, over ours. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Options of the JVM, over ours, such as `-Xmx1g`. JVM only. */
  readonly javaOptions?: readonly string[];
  /** Default: the first that can be had, in this order. `given` are the brokers of `KAFKA_REHEARSAL_BROKERS`. */
  readonly source?: 'given' | 'docker' | 'jvm';
}

/** A real Kafka that is ready: every broker is known, the group coordinator answers. */
export interface RealKafka {
  readonly source: 'given' | 'docker' | 'jvm';
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** Broker ids, in the order of `brokers` where we started them. */
  readonly nodeIds: readonly number[];
  /** The release; for given brokers `KAFKA_REHEARSAL_VERSION`, else what the feature level says, such as `4.2`. */
  readonly version: string;
  /** Shortest session time-out that the brokers accept, ms. */
  readonly minSessionTimeoutMs: number;
  /** PEM of the certificate that the brokers show, where `tls` was asked for. */
  readonly certificateAuthority: string | null;
  /** Kills a broker without a word (SIGKILL). Rejects with UNSUPPORTED for node 1, which holds the controller, and on brokers that we did not start as JVMs. */
  stopNode(nodeId: number): Promise<void>;
  /** Starts a stopped broker on its old directory and port; resolves when the cluster knows it again. */
  startNode(nodeId: number): Promise<void>;
  /** Kills and removes everything. Idempotent. */
  stop(): Promise<void>;
}

/** Starts a real Kafka, or takes the given one. Rejects with REAL_KAFKA_UNAVAILABLE, whose message says in a sentence what is missing. */
export async function startRealKafka(options: RealKafkaOptions = {}): Promise<RealKafka> {
  const version = options.version ?? (process.env['KAFKA_REHEARSAL_VERSION'] || DEFAULT_KAFKA_VERSION);
  const secured = options.sasl !== undefined || options.tls === true;
  const wanted = (source: 'given' | 'docker' | 'jvm'): boolean => options.source === undefined || options.source === source;

  const given = process.env['KAFKA_REHEARSAL_BROKERS'];
  // A test that needs nodes of a certain kind cannot use a cluster that stands already.
  const special = secured || options.properties !== undefined || options.version !== undefined;
  if (given && wanted('given') && (!special || options.source === 'given')) return useGiven(given.split(','), options.nodes ?? 1);

  const reasons: string[] = [];
  if (!given && options.source === 'given') reasons.push('KAFKA_REHEARSAL_BROKERS is not set');
  if (wanted('docker')) {
    const reason = secured ? 'credentials and TLS are set up on JVMs only' : await whyNoDocker();
    if (reason === null) {
      try {
        return await startOnDocker(version, options);
      } catch (error) {
        if (options.source === 'docker') throw error;
        reasons.push(`Docker answered, but Kafka did not start there: ${(error as Error).message}`);
      }
    } else reasons.push(reason);
  }
  if (wanted('jvm')) {
    const reason = await whyNoJvm(version);
    if (reason === null) return startOnJvm(version, options);
    reasons.push(reason);
  }
  throw new KafkaError(
    'REAL_KAFKA_UNAVAILABLE',
    `No real Kafka: ${reasons.join('; ')}. Set KAFKA_REHEARSAL_BROKERS, or start Docker, or install Java 17 and Maven.`,
    { details: { absent: true } },
  );
}

/** `KAFKA_REHEARSAL_REQUIRED=1` (for CI): a real Kafka that cannot be had is a failure, not a skip. */
export function realKafkaRequired(): boolean {
  return ['1', 'true'].includes(process.env['KAFKA_REHEARSAL_REQUIRED'] ?? '');
}
