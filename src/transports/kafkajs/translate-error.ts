import { KafkaError } from '../../errors.ts';
import type { ErrorCode } from '../../errors.ts';
import { innermost, kafkaCodeOf } from './kafkajs-internals.ts';

/** What is known of the client when an error comes, to guess the likely cause. Nothing secret. */
export interface ConnectionFacts {
  readonly brokers: readonly string[];
  readonly tls: boolean;
  readonly sasl: boolean;
}

const AUTHENTICATION_CODES: ReadonlySet<string> = new Set([
  'SASL_AUTHENTICATION_FAILED',
  'UNSUPPORTED_SASL_MECHANISM',
  'ILLEGAL_SASL_STATE',
]);
const UNKNOWN_TOPIC_CODES: ReadonlySet<string> = new Set(['UNKNOWN_TOPIC_OR_PARTITION', 'INVALID_TOPIC_EXCEPTION', 'UNKNOWN_TOPIC_ID']);

/** `what`: what was being done, such as `describe the group "orders"`. */
export function translateError(error: unknown, what: string, fallback: ErrorCode, facts: ConnectionFacts): KafkaError {
  if (error instanceof KafkaError) return error;
  const inner = innermost(error);
  const kafkaCode = kafkaCodeOf(error);
  if (isAuthentication(error, inner, kafkaCode)) {
    const refused = `Could not ${what}: the broker refused to authenticate this client: ${inner.message}`;
    // A listener without SASL says this, and nothing else of what is wrong.
    const message = kafkaCode === 'ILLEGAL_SASL_STATE' ? `${refused}. ${NO_LOG_IN_HERE}` : refused;
    return new KafkaError('AUTHENTICATION_FAILED', message, { cause: error, kafkaCode });
  }
  if (kafkaCode !== null) {
    const code = UNKNOWN_TOPIC_CODES.has(kafkaCode) ? 'UNKNOWN_TOPIC' : fallback;
    return new KafkaError(code, `Could not ${what}: ${kafkaCode} (${inner.message})`, { cause: error, kafkaCode });
  }
  if (isConnection(error, inner)) {
    const broker = (inner as { broker?: unknown }).broker;
    const where = typeof broker === 'string' ? broker : facts.brokers.join(', ');
    return new KafkaError('BROKER_UNREACHABLE', `Could not ${what}: ${where}: ${inner.message}. ${likelyCause(inner, facts)}`, {
      cause: error,
      details: { brokers: facts.brokers, broker: where },
    });
  }
  return new KafkaError(fallback, `Could not ${what}: ${inner.message}`, { cause: error });
}

export function unreachable(what: string, timeoutMs: number, facts: ConnectionFacts, cause?: unknown): KafkaError {
  return new KafkaError('BROKER_UNREACHABLE', `Could not ${what} within ${timeoutMs} ms: ${facts.brokers.join(', ')}. ${SILENT}`, {
    details: { brokers: facts.brokers },
    ...(cause === undefined ? {} : { cause }),
  });
}

function isAuthentication(error: unknown, inner: Error, kafkaCode: string | null): boolean {
  if (kafkaCode !== null && AUTHENTICATION_CODES.has(kafkaCode)) return true;
  return [error, inner].some(
    (candidate) =>
      (candidate as { name?: unknown } | null)?.name === 'KafkaJSSASLAuthenticationError' ||
      /^SASL .*(authentication|mechanism)/i.test((candidate as Error).message),
  );
}

const CONNECTION_ERRORS: ReadonlySet<string> = new Set([
  'KafkaJSConnectionError',
  'KafkaJSConnectionClosedError',
  'KafkaJSRequestTimeoutError',
  'KafkaJSLockTimeout',
  'KafkaJSBrokerNotFound',
  'KafkaJSGroupCoordinatorNotFound',
]);

export function isConnection(error: unknown, inner: Error = innermost(error)): boolean {
  return [error, inner].some((candidate) => CONNECTION_ERRORS.has(String((candidate as { name?: unknown } | null)?.name)));
}

const NO_LOG_IN_HERE = 'Likely cause: this port takes no log-in; leave the SASL settings out, or use the port that expects one.';
const SILENT = 'Likely cause: something between here and there drops the packets, or the broker is overloaded.';

/** What most often stands behind an error of the network, in a sentence. */
function likelyCause(error: Error, facts: ConnectionFacts): string {
  const text = `${String((error as { code?: unknown }).code)} ${error.message}`;
  if (/ECONNREFUSED/.test(text)) return 'Likely cause: no broker listens there; is it running, and is the port right?';
  if (/ENOTFOUND|EAI_AGAIN/.test(text))
    return 'Likely cause: the host name does not resolve from here; is it spelled right, or do the brokers advertise an inner name?';
  if (/ALTNAME|CERT|SELF_SIGNED|self-signed|UNABLE_TO_VERIFY|unable to verify/i.test(text))
    return "Likely cause: the broker's certificate is not trusted here; set the certificate authority, and use the name that the certificate has.";
  if (/wrong version number|EPROTO|SSL routines|packet length/i.test(text))
    return 'Likely cause: this port speaks no TLS; turn TLS off, or use the TLS port.';
  if (/secure TLS connection|ECONNRESET|EPIPE|[Cc]losed connection|closed by the server|Not connected/.test(text))
    return closedCause(facts);
  return SILENT;
}

function closedCause({ tls, sasl }: ConnectionFacts): string {
  if (tls) return 'Likely cause: the broker closed the connection; this port may speak no TLS, or it wants a client certificate.';
  if (sasl) return 'Likely cause: the broker closed the connection; this port may expect TLS, or no SASL.';
  return 'Likely cause: the broker closed the connection; this port may expect TLS or SASL.';
}
