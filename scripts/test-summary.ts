/**
 * The closing lines of CI: for each run of vitest's JSON reporter what passed, apart for tests on real Kafka with the
 * release that they ran on, then `N passed, N failed, N skipped` over all.
 * Usage: node scripts/test-summary.ts reports/one reports/other ...   (each with .json and .log)
 * Status 1 when something failed, when a report is missing, or when nothing ran at all.
 */
import { readFileSync } from 'node:fs';

interface Report {
  readonly success: boolean;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

type Counts = Record<'passed' | 'failed' | 'skipped', number>;

const total: Counts = { passed: 0, failed: 0, skipped: 0 };
let sound = true;

for (const run of process.argv.slice(2)) {
  try {
    const report = JSON.parse(readFileSync(`${run}.json`, 'utf8')) as Report;
    // Printed by the global set-up of the real broker.
    const kafka = /^Kafka \S+ \(.*$/m.exec(readFileSync(`${run}.log`, 'utf8'))?.[0];
    const onKafka = count(report, (file) => file.endsWith('.kafka.test.ts'));
    const elsewhere = count(report, (file) => !file.endsWith('.kafka.test.ts'));
    if (sum(elsewhere) > 0) console.log(`${run}, no broker needed: ${show(elsewhere)}`);
    if (sum(onKafka) > 0) console.log(`${run}, real broker, ${kafka ?? 'none'}: ${show(onKafka)}`);
    for (const name of ['passed', 'failed', 'skipped'] as const) total[name] += elsewhere[name] + onKafka[name];
    if (!report.success) sound = false;
  } catch (error) {
    console.log(`${run}: no report (${(error as Error).message})`);
    sound = false;
  }
}

console.log(show(total));
if (!sound || total.failed > 0 || total.passed === 0) process.exitCode = 1;

function count(report: Report, chosen: (file: string) => boolean): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { name, status, assertionResults } of report.testResults) {
    if (!chosen(name)) continue;
    for (const assertion of assertionResults)
      counts[assertion.status === 'passed' || assertion.status === 'failed' ? assertion.status : 'skipped']++;
    // A file that fails while it loads has no test of its own to fail.
    if (status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed')) counts.failed++;
  }
  return counts;
}

function sum({ passed, failed, skipped }: Counts): number {
  return passed + failed + skipped;
}

function show({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
