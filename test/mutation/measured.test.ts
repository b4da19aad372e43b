import { expect, test } from 'vitest';
import { NOTHING_MEASURED, survivors, withRun } from '../../scripts/mutation/measured.ts';
import type { Measured } from '../../scripts/mutation/measured.ts';
import { mutationDocument } from '../../scripts/mutation/mutation-document.ts';
import { explain } from '../../scripts/mutation/reasons.ts';
import type { Reason } from '../../scripts/mutation/reasons.ts';
import type { StrykerMutant, StrykerReport } from '../../scripts/mutation/stryker-report.ts';

const PATH = 'src/consumer/some.ts';
const SOURCE = 'if (a > 0) {\n  go(a);\n}\n';
const RUN = { stage: 'tests', commit: 'abc1234', at: '2026-11-24T02:00:00.000Z', minutes: 2 } as const;

/** A mutant of the first line, from one column to another. */
function mutant(status: string, from: number, to: number, replacement: string): StrykerMutant {
  return { location: { start: { line: 1, column: from }, end: { line: 1, column: to } }, mutatorName: 'Some', replacement, status };
}

const reportOf = (mutants: readonly StrykerMutant[], source = SOURCE): StrykerReport => ({ files: { [PATH]: { source, mutants } } });
const FIRST = reportOf([
  mutant('Survived', 5, 10, 'true'),
  mutant('Killed', 5, 10, 'false'),
  mutant('NoCoverage', 5, 10, 'a >= 0'),
  mutant('Ignored', 5, 10, ''),
]);

const statuses = ({ files }: Measured): unknown =>
  files[PATH]?.mutants.map(({ replacement, status, stage }) => [replacement, status, stage]);

test('what survived takes the answer of the next run, and what was noticed stays noticed', () => {
  const first = withRun(NOTHING_MEASURED, FIRST, RUN);
  const again = reportOf([mutant('Timeout', 5, 10, 'true'), mutant('Survived', 5, 10, 'false'), mutant('Survived', 5, 10, 'a >= 0')]);
  const both = withRun(first, again, { ...RUN, stage: 'scenarios' });
  expect(statuses(both)).toEqual([
    ['true', 'timeout', 'scenarios'],
    ['false', 'killed', 'tests'],
    ['a >= 0', 'survived', 'scenarios'],
  ]);
  expect(both.measurements.map(({ mutants }) => mutants)).toEqual([3, 3]);
});

test('a file that changed is measured anew', () => {
  const changed = reportOf([mutant('Survived', 5, 10, 'false')], `${SOURCE}// changed\n`);
  const both = withRun(withRun(NOTHING_MEASURED, FIRST, RUN), changed, RUN);
  expect(statuses(both)).toEqual([['false', 'survived', 'tests']]);
});

test('a status that nobody knows is not passed over', () => {
  expect(() => withRun(NOTHING_MEASURED, reportOf([mutant('Pending', 5, 10, 'true')]), RUN)).toThrow('has the status "Pending"');
});

test('reasons are found by the line and the change; a survivor without one and a reason without a survivor are told', () => {
  const measured = withRun(NOTHING_MEASURED, FIRST, RUN);
  const reasons: readonly Reason[] = [
    { file: 'some.ts', kind: 'same', reason: 'nothing is there', mutants: { 'if (a > 0) {': ['a > 0 => true', 'a > 0 => false'] } },
    { file: 'other.ts', kind: 'untested', reason: 'of a file that was not measured', mutants: { x: ['y => z'] } },
  ];
  const explained = explain(measured, reasons);
  expect(explained.survivors).toMatchObject([
    { reason: reasons[0], mutants: [{ replacement: 'true' }] },
    { reason: null, mutants: [{ replacement: 'a >= 0' }] },
  ]);
  expect(explained.stale).toEqual(['some.ts: if (a > 0) {: a > 0 => false']);
  expect(survivors(measured.files[PATH] ?? { source: '', mutants: [] })).toHaveLength(2);
});

test('the page says how many were noticed, by whom, and why the others were not', () => {
  const again = reportOf([mutant('Timeout', 5, 10, 'true')]);
  const measured = withRun(withRun(NOTHING_MEASURED, FIRST, RUN), again, { ...RUN, stage: 'scenarios', commit: 'def5678' });
  const reason: Reason = { file: 'some.ts', kind: 'untested', reason: 'exactly none', mutants: { 'if (a > 0) {': ['a > 0 => a >= 0'] } };
  const { result, survivors: listed } = mutationDocument(measured, explain(measured, [reason]));
  expect(result).toContain('**2 of 3 mutants were noticed, 66.7 %**');
  expect(result).toContain('| `some.ts` | 1 | 1 | 1 | 66.7 % |');
  expect(result).toContain('| scenarios | def5678 | 2026-11-24 02:00 UTC | 1 | 2 |');
  expect(listed).toContain('0 of the 1 survivors change nothing that anybody could see, and 1 are **not tested**.');
  expect(listed).toContain('**Not tested**: exactly none:\n\n- `` if (a > 0) { ``');
});
