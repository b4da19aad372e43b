/**
 * `npm run bench`: progress on standard error, a table on standard output, with `--json` one object as the last line of it.
 */
import { KafkaError } from '../src/errors.ts';
import { startRealKafka } from '../testing/kafka/real-kafka.ts';
import type { RealKafka } from '../testing/kafka/real-kafka.ts';
import { ON_KAFKA, readBenchOptions } from './bench-options.ts';
import { describeEnvironment } from './environment.ts';
import { benchConsuming, benchSingleSends } from './kafka.ts';
import { benchFeatures, featureDocument } from './features/bench-features.ts';
import { benchLatency, latencyDocument } from './latency/bench-latency.ts';
import type { LatencyResult } from './latency/bench-latency.ts';
import { benchAboveOneOpen, benchChecker, benchFirstCommit, benchImports, benchMemory, benchRuntimeAlone } from './local.ts';
import { writeSection } from './document.ts';
import { benchOpenRecords, openRecordsDocument } from './open-records.ts';
import { benchPeers } from './peers/bench-peers.ts';
import type { PeerResults } from './peers/bench-peers.ts';
import { OURS } from './peers/contenders.ts';
import { peerDocument } from './peers/peer-document.ts';
import { peerVerdicts } from './peers/peer-verdicts.ts';
import type { BenchResult } from './result.ts';
import { benchScenarios, benchShrinking } from './simulation.ts';

const wanted = readBenchOptions(process.argv.slice(2));
const only = new Set(wanted.only);
const options = {
  records: wanted.records,
  repetitions: wanted.repetitions,
  progress: (line: string): void => void process.stderr.write(`${line}\n`),
};
const results: BenchResult[] = [];
const skipped: { readonly name: string; readonly reason: string }[] = [];
let kafkaName: string | null = null;
let peers: PeerResults | null = null;
let features: readonly BenchResult[] = [];
let openRecords: readonly BenchResult[] = [];
let latency: readonly LatencyResult[] = [];

if (only.has('imports')) results.push(...(await benchImports(options)), await benchFirstCommit(options));
if (only.has('runtime'))
  results.push(await benchRuntimeAlone(false, options), await benchRuntimeAlone(true, options), await benchAboveOneOpen(options));
if (only.has('memory')) results.push(await benchMemory(1, options), await benchMemory(4, options));
if (only.has('checker')) results.push(await benchChecker(options));
if (only.has('scenarios')) results.push(...(await benchScenarios(options)));
if (only.has('shrinking')) results.push(...(await benchShrinking(options)));
if (only.has('open-records')) results.push(...(openRecords = await benchOpenRecords(options)));
if (ON_KAFKA.some((part) => only.has(part))) {
  const kafka = await kafkaOrReason();
  if (typeof kafka === 'string') skipped.push({ name: 'everything on real Kafka', reason: kafka });
  else {
    kafkaName = `${kafka.version} (${kafka.source})`;
    try {
      if (only.has('consume')) results.push(...(await benchConsuming(kafka, 1, options)), ...(await benchConsuming(kafka, 4, options)));
      if (only.has('sends')) results.push(...(await benchSingleSends(kafka, options)));
      if (only.has('features')) results.push(...(features = await benchFeatures(kafka.brokers, options)));
      if (only.has('latency')) latency = await benchLatency(kafka.brokers, options);
      if (only.has('peers')) peers = await benchPeers(kafka.brokers, { ...options, contenders: wanted.contenders });
    } finally {
      await kafka.stop();
    }
  }
}

const environment = describeEnvironment(kafkaName);
console.log(
  Object.entries(environment)
    .map(([name, value]) => `${name}: ${value}`)
    .join(', '),
);
for (const { name, value, unit, baseline, ratio, aim } of results) {
  const beside = baseline === undefined ? '' : `, beside ${baseline} (ratio ${ratio})`;
  const verdict = aim === undefined ? '' : `; aim ${aim.text}: ${aim.reached ? 'reached' : 'NOT reached'}`;
  console.log(`${name}: ${value} ${unit}${beside}${verdict}`);
}
if (peers !== null) {
  report('peers', 'Beside its peers', peerDocument(peers));
  skipped.push(...peers.absent);
  // What a peer cannot do stands in the table; what we cannot do fails the run.
  if (peers.rows.some(({ contender, failures }) => contender === OURS && failures.length > 0)) process.exitCode = 1;
}
if (latency.length > 0) report('latency', 'End-to-end latency', latencyDocument(latency));
if (features.length > 0) report('features', 'What optional features cost', featureDocument(features, options.records));
if (openRecords.length > 0) report('open-records', 'Memory of open records', openRecordsDocument(openRecords));
for (const { name, reason } of skipped) console.log(`skipped ${name}: ${reason}`);
if (wanted.json === true) {
  const beside = peers === null ? {} : { peers: { ...peers, verdicts: peerVerdicts(peers) } };
  console.log(JSON.stringify({ environment, results, ...beside, latency, skipped }));
}

/** A part of the documentation: printed, and written where that was asked for. */
function report(name: string, title: string, body: string): void {
  console.log(body);
  if (wanted.writeDocs === true) writeSection({ name, title, body, command: commandLine(), environment });
}

function commandLine(): string {
  return `npm run bench -- ${process.argv.slice(2).join(' ')}`;
}

async function kafkaOrReason(): Promise<RealKafka | string> {
  try {
    return await startRealKafka({ nodes: 1 });
  } catch (error) {
    if (error instanceof KafkaError && error.code === 'REAL_KAFKA_UNAVAILABLE') return error.message;
    throw error;
  }
}
