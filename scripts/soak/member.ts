/** One process of a member: the runtime on real Kafka, with its witnesses. Told by its last argument; SIGTERM stops it gracefully. */
import { setTimeout as delay } from 'node:timers/promises';
import { KafkaManager, consume, defineHandler, kafkaConfig, reject, skip } from '../../src/index.ts';
import type { Action } from '../../src/index.ts';
import { kafkajsTransport } from '../../src/transports/kafkajs/index.ts';
import { tapTransport } from '../../testing/witness/tap-transport.ts';
import { witnessHandler } from '../../testing/witness/witness-handler.ts';
import { EvidenceRecorder } from './evidence-recorder.ts';
import type { MemberLife } from './member-life.ts';
import { defectiveHandler, defectiveTransport } from './plant-defect.ts';
import type { RecordScript } from './soak-plan.ts';

const START_LIMIT_MS = 120_000;

const life = JSON.parse(process.argv.at(-1) ?? '') as MemberLife;
const { name, brokers, groupId, topic, defect, sessionTimeoutMs } = life;
const recorder = new EvidenceRecorder(life.evidence, life.zeroMs);
const member = { name, alive: true };
const ordering = defect === 'keeps-no-order' ? 'unordered' : life.ordering;

const handler = defineHandler({
  topic,
  ordering,
  ...(ordering === 'partition' ? {} : { concurrency: life.concurrency }),
  retry: { initialDelayMs: 5, maxDelayMs: 100 },
  handle(value, { attempt }): Action | Promise<Action> {
    const script = value === null ? {} : (JSON.parse(Buffer.from(value).toString()) as RecordScript);
    const { skips = 0, failures = 0, workMs = 0 } = script;
    const answer = (): Action => {
      if (attempt <= skips) return skip('scripted');
      if (attempt <= skips + failures) throw new Error('scripted failure');
      return script.reject === true ? reject('scripted') : consume();
    };
    return workMs === 0 ? answer() : delay(workMs).then(answer);
  },
});

const manager = new KafkaManager(
  kafkaConfig({
    enabled: true,
    brokers,
    clientId: name.replaceAll('#', '-'),
    groupId,
    autoOffsetReset: 'earliest',
    sessionTimeoutMs,
    rebalanceTimeoutMs: sessionTimeoutMs * 2,
    heartbeatIntervalMs: Math.floor(sessionTimeoutMs / 6),
    logLevel: 'warn',
  }),
  {
    transport: tapTransport(
      defectiveTransport(kafkajsTransport({ brokers, clientId: name.replaceAll('#', '-') }), defect),
      member,
      recorder,
    ),
    observers: [(observation) => recorder.record({ kind: 'observed', observation })],
    member: name,
  },
).register(defectiveHandler(witnessHandler(handler, member, recorder), defect));

await manager.run({ timeoutMs: START_LIMIT_MS, signals: ['SIGTERM'] });
