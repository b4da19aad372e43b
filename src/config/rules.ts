import { deriveTimes } from './derive-times.ts';
import type { ConfigProblem, ConfigSource } from './problem.ts';
import { showGiven } from './problem.ts';
import type { Settings } from './settings.ts';

const HEARTBEATS_IN_SESSION = 3;

/**
 * What no setting shows alone. `isSound` tells whether a setting is valid in itself: a rule over an unsound one says
 * nothing, so that each mistake is reported once.
 */
export function brokenRules(settings: Settings, source: ConfigSource, isSound: (path: string) => boolean): readonly ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const check = (holds: boolean, path: string, expected: string, given: string = showGiven(path, source.given(path))): void => {
    if (!holds) problems.push({ name: source.name(path), given, expected });
  };
  const sound = (...paths: readonly string[]): boolean => paths.every(isSound);
  if (sound('sessionTimeoutMs', 'heartbeatIntervalMs', 'requestTimeoutMs', 'maxWaitTimeMs')) checkTimes(settings, source, check);
  if (
    sound(
      'producer',
      'producer.batchBytes',
      'producer.maxBufferedBytes',
      'producer.lingerMs',
      'producer.requestTimeoutMs',
      'producer.deliveryTimeoutMs',
    )
  ) {
    checkProducer(settings, source, check);
  }
  if (sound('limits', 'limits.recordsPerSecond', 'limits.recordsBurst')) checkRate(settings, source, check);
  if (sound('sasl')) checkSasl(source, check);
  if (sound('tls', 'tls.enabled')) checkTls(settings, source, check);
  return problems;
}

type Check = (holds: boolean, path: string, expected: string, given?: string) => void;

function checkTimes(settings: Settings, source: ConfigSource, check: Check): void {
  const { sessionTimeoutMs } = settings;
  const { heartbeatIntervalMs, requestTimeoutMs, maxWaitTimeMs } = deriveTimes(settings);
  const session = `${source.name('sessionTimeoutMs')} (${sessionTimeoutMs})`;
  const longestHeartbeat = Math.floor(sessionTimeoutMs / HEARTBEATS_IN_SESSION);
  if (heartbeatIntervalMs > longestHeartbeat) {
    check(false, 'heartbeatIntervalMs', `at most ${longestHeartbeat}, a third of ${session}`);
    return;
  }
  const longestRequest = sessionTimeoutMs - 2 * heartbeatIntervalMs;
  check(
    requestTimeoutMs <= longestRequest,
    'requestTimeoutMs',
    `at most ${longestRequest}, which is ${session} − 2 × ${source.name('heartbeatIntervalMs')} (${heartbeatIntervalMs}): or one lost answer costs the group membership`,
  );
  check(
    maxWaitTimeMs < requestTimeoutMs,
    'maxWaitTimeMs',
    `less than ${source.name('requestTimeoutMs')} (${requestTimeoutMs}), or every idle fetch would time out`,
    String(maxWaitTimeMs),
  );
}

function checkProducer({ producer }: Settings, source: ConfigSource, check: Check): void {
  const name = (setting: string): string => source.name(`producer.${setting}`);
  const { batchBytes, maxBufferedBytes, lingerMs, requestTimeoutMs, deliveryTimeoutMs } = producer;
  check(
    batchBytes <= maxBufferedBytes,
    'producer.batchBytes',
    `at most ${name('maxBufferedBytes')} (${maxBufferedBytes})`,
    String(batchBytes),
  );
  check(
    deliveryTimeoutMs >= lingerMs + requestTimeoutMs,
    'producer.deliveryTimeoutMs',
    `at least ${lingerMs + requestTimeoutMs}, which is ${name('lingerMs')} (${lingerMs}) + ${name('requestTimeoutMs')} (${requestTimeoutMs})`,
    String(deliveryTimeoutMs),
  );
}

function checkRate({ limits }: Settings, source: ConfigSource, check: Check): void {
  const isAlone = limits.recordsBurst !== null && limits.recordsPerSecond === null;
  check(!isAlone, 'limits.recordsPerSecond', `a value, because ${source.name('limits.recordsBurst')} is set`);
}

function checkSasl(source: ConfigSource, check: Check): void {
  const paths = ['sasl.mechanism', 'sasl.username', 'sasl.password'];
  const present = paths.find((path) => source.given(path) !== undefined);
  if (present === undefined) return;
  for (const path of paths) check(source.given(path) !== undefined, path, `a value, because ${source.name(present)} is set`);
}

function checkTls({ tls }: Settings, source: ConfigSource, check: Check): void {
  const given = (path: string): boolean => source.given(path) !== undefined;
  const material = ['tls.ca', 'tls.cert', 'tls.key'].find(given);
  if (material !== undefined) check(tls.enabled, 'tls.enabled', `true, because ${source.name(material)} is set`);
  if (given('tls.key')) check(given('tls.cert'), 'tls.cert', `a value, because ${source.name('tls.key')} is set`);
  if (given('tls.cert')) check(given('tls.key'), 'tls.key', `a value, because ${source.name('tls.cert')} is set`);
}
