/**
 * The closing lines of CI: one line for each run of vitest's JSON reporter, then `N passed, N failed, N skipped` over all.
 * Usage: node scripts/test-summary.ts 'label=reports/run.json' ...
 * Status 1 when something failed, when a report is missing, or when nothing ran at all.
 */
import { readFileSync } from 'node:fs';

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly numFailedTestSuites: number;
  readonly success: boolean;
}

const total = { passed: 0, failed: 0, skipped: 0 };
let sound = true;

for (const argument of process.argv.slice(2)) {
  const separator = argument.lastIndexOf('=');
  const label = argument.slice(0, separator);
  const path = argument.slice(separator + 1);
  let report: Report;
  try {
    report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  } catch (error) {
    console.log(`${label}: no report (${(error as Error).message})`);
    sound = false;
    continue;
  }
  const skipped = report.numPendingTests + report.numTodoTests;
  // A file that fails while it loads has no tests of its own to fail.
  const brokenFiles = report.success || report.numFailedTests > 0 ? 0 : Math.max(1, report.numFailedTestSuites);
  console.log(`${label}: ${report.numPassedTests} passed, ${report.numFailedTests + brokenFiles} failed, ${skipped} skipped`);
  total.passed += report.numPassedTests;
  total.failed += report.numFailedTests + brokenFiles;
  total.skipped += skipped;
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (!sound || total.failed > 0 || total.passed === 0) process.exitCode = 1;
