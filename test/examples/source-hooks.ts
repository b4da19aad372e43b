/** For `node --import`: the package's name means its source, as in tsconfig.json, so that a test needs no build. */
import { registerHooks } from 'node:module';

const sources: Readonly<Record<string, string>> = {
  'kafka-rehearsal': '../../src/index.ts',
  'kafka-rehearsal/health': '../../src/health/index.ts',
  'kafka-rehearsal/kafkajs': '../../src/transports/kafkajs/index.ts',
  'kafka-rehearsal/metrics': '../../src/metrics/index.ts',
  'kafka-rehearsal/testing': '../../testing/index.ts',
};

registerHooks({
  resolve(specifier, context, nextResolve) {
    const source = sources[specifier];
    return source === undefined ? nextResolve(specifier, context) : { url: new URL(source, import.meta.url).href, shortCircuit: true };
  },
});
