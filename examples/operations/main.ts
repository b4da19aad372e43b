/**
 * A service as it stands in production: health for the orchestrator, metrics for Prometheus, and decisions on halted records
 * for operators who know the token.
 *
 *     KAFKA_ENABLED=true KAFKA_BROKERS=localhost:9092 KAFKA_CONSUMER_GROUP_ID=example \
 *       PORT=8080 OPERATOR_TOKEN=... node examples/operations/main.ts
 *
 *     curl localhost:8080/health/ready
 *     curl localhost:8080/metrics
 *     curl -X POST -H "Authorization: Bearer $OPERATOR_TOKEN" -H 'Content-Type: application/json' \
 *       -d '{"topic":"messages","partition":0}' localhost:8080/halted/retry
 */
import { timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { KafkaManager, loadKafkaConfig } from 'kafka-rehearsal';
import { healthHandler } from 'kafka-rehearsal/health';
import { kafkaMetrics } from 'kafka-rehearsal/metrics';
import { Registry, collectDefaultMetrics } from 'prom-client';
import { SimpleStringHandler } from '../simple-strings/simple-string-handler.ts';

const registry = new Registry();
collectDefaultMetrics({ register: registry });
const metrics = kafkaMetrics({ registry });

const manager = new KafkaManager(loadKafkaConfig(process.env), { observers: [metrics.observer] }).register(
  new SimpleStringHandler('messages', (text) => void process.stdout.write(`message of ${text.length} characters\n`)),
);
metrics.bind(manager);

const token = process.env['OPERATOR_TOKEN'];
const health = healthHandler(
  manager,
  token === undefined ? {} : { operations: { authorize: ({ header }) => isToken(header('authorization'), token) } },
);
const server = createServer((request, response) => {
  if (request.url !== '/metrics') {
    health(request, response);
    return;
  }
  registry.metrics().then(
    (text) => response.writeHead(200, { 'content-type': registry.contentType }).end(text),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});

// Before the start, so that the orchestrator sees a service that starts and not one that is dead.
server.listen(Number(process.env['PORT'] ?? 0), () => process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`));
try {
  await manager.run();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  server.close();
  server.closeAllConnections();
}

function isToken(header: string | null, expected: string): boolean {
  const [given, wanted] = [Buffer.from(header ?? ''), Buffer.from(`Bearer ${expected}`)];
  return given.length === wanted.length && timingSafeEqual(given, wanted);
}
