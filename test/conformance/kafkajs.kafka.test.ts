import { randomBytes } from 'node:crypto';
import { CONFORMANCE_CASES, runCase, whyNot } from '../../testing/conformance/index.ts';
import { kafkaTest } from '../../testing/kafka/kafka-test.ts';
import { KafkaVenue } from '../../testing/kafka/kafka-venue.ts';

for (const conformanceCase of CONFORMANCE_CASES) {
  kafkaTest(`the kafkajs transport: ${conformanceCase.name}`, async ({ kafka, skip, onTestFinished }) => {
    const venue = new KafkaVenue({ kafka });
    onTestFinished(() => venue.close());
    const reason = whyNot(conformanceCase, venue, venue.openMember('asked').transport.capabilities);
    if (reason !== null) skip(reason);
    await runCase(conformanceCase, { venue, runId: randomBytes(4).toString('hex') });
  });
}
