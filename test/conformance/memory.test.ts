import { test } from 'vitest';
import { CONFORMANCE_CASES, runCase, whyNot } from '../../testing/conformance/index.ts';
import { MemoryVenue } from '../../testing/memory/memory-venue.ts';

for (const conformanceCase of CONFORMANCE_CASES) {
  test(`the memory transport: ${conformanceCase.name}`, async ({ skip }) => {
    const venue = new MemoryVenue();
    const reason = whyNot(conformanceCase, venue, venue.openMember('asked').transport.capabilities);
    if (reason !== null) skip(reason);
    await runCase(conformanceCase, { venue });
    await venue.close();
  });
}
