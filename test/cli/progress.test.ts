import { expect, test } from 'vitest';
import { ProgressLine } from '../../cli/progress.ts';
import type { Progress } from '../../scenarios/run-scenarios.ts';

function rig() {
  let now = 5_000;
  const written: string[] = [];
  const stream = { isTTY: true, columns: 200, write: (text: string) => void written.push(text) } as unknown as NodeJS.WriteStream;
  const line = new ProgressLine(stream, 4, () => now);
  const counts = { deliveries: 1, rebalances: 2, crashes: 3, faults: {} };
  const see = (name: string, runs: number, afterMs: number): string => {
    now += afterMs;
    line.see({ scenario: { name }, phase: 'running', runs, counts, report: null } as unknown as Progress);
    return /runs, (.*)1 calls/.exec(written.at(-1) ?? '')?.[1] ?? '';
  };
  return { see };
}

test('the pace is that of the scenario from its own beginning, and is told when there is one', () => {
  const { see } = rig();
  expect(see('order', 1, 200)).toBe('');
  expect(see('order', 3, 1_300)).toBe('2 a second, ');
  expect(see('crashes', 1, 500)).toBe('');
  expect(see('crashes', 1_000, 1_500)).toBe('500 a second, ');
});

test('runs that take long are told by what one takes', () => {
  const { see } = rig();
  expect(see('crashes', 1, 3_250)).toBe('one in 3.3 s, ');
  expect(see('crashes', 2, 4_750)).toBe('one in 4.0 s, ');
});
