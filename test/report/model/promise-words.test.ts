import { expect, it } from 'vitest';
import { INVARIANT_NAMES } from '../../../testing/checker/violation.ts';
import { adviceFor } from '../../../testing/report/model/advice.ts';
import { promiseWords } from '../../../testing/report/model/promise-words.ts';

it.each([...INVARIANT_NAMES, 'vacuous', 'run-failed'])('has words of its own for %s', (name) => {
  expect(promiseWords(name).headline).not.toContain(name);
  expect(promiseWords(name).headline).not.toContain('check');
  expect(adviceFor(name)?.cause).toMatch(/\.$/);
  expect(adviceFor(name)?.next).toMatch(/\.$/);
});

it('lets a check of the user speak for itself', () => {
  expect(promiseWords('charged once').headline).toBe('The check “charged once” failed');
  expect(adviceFor('charged once')).toBeNull();
  expect(adviceFor('constructor')).toBeNull();
  expect(promiseWords('constructor').headline).toContain('constructor');
});
