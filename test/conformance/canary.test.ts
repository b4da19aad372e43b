import { expect, test } from 'vitest';
import { CONFORMANCE_CASES, runCase } from '../../testing/conformance/index.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';
import { DEFECTS_OF_COMMITTING } from './canary/committing.ts';
import { withDefect } from './canary/defect.ts';
import { DEFECTS_OF_DELIVERING } from './canary/delivering.ts';
import { DEFECTS_OF_WRITING } from './canary/writing.ts';

const DEFECTS = [...DEFECTS_OF_DELIVERING, ...DEFECTS_OF_COMMITTING, ...DEFECTS_OF_WRITING];

for (const defect of DEFECTS) {
  test(`a transport with the defect "${defect.name}" fails the suite, which says where`, async () => {
    const [conformanceCase, ...others] = CONFORMANCE_CASES.filter(({ name }) => name.includes(defect.caughtBy));
    expect(conformanceCase, `no case is called "${defect.caughtBy}"`).toBeDefined();
    expect(others, `"${defect.caughtBy}" names more than one case`).toEqual([]);
    const venue = new MemoryVenue();
    const outcome = await runCase(conformanceCase!, { venue, wrap: (good) => withDefect(good, defect) }).catch((error: Error) => error);
    await venue.close();
    expect(outcome, 'the suite did not notice').toBeInstanceOf(Error);
    expect((outcome as Error).message).toMatch(defect.says);
    expect((outcome as Error).message).toContain(conformanceCase!.name);
  });
}

test('a transport that is only wrapped passes: it is the defects that fail', async () => {
  for (const conformanceCase of CONFORMANCE_CASES) {
    const venue = new MemoryVenue();
    await runCase(conformanceCase, { venue, wrap: (good) => withDefect(good, { name: 'none', caughtBy: '', says: /./ }) });
    await venue.close();
  }
});
