import { expect, test } from 'vitest';
import { requireNode } from '../../src/require-node.ts';

test.each(['20.20.2', '22.17.1', '18.0.0', '9.11.2'])('Node %s is told apart from a mistake of the user’s', (version) => {
  expect(() => requireNode(version)).toThrow(
    expect.objectContaining({ code: 'UNSUPPORTED', message: `kafka-rehearsal needs Node 22.18 or later; this is Node ${version}` }),
  );
});

test.each(['22.18.0', '22.21.1', '24.0.0', '100.1.0'])('Node %s will do', (version) => {
  expect(() => requireNode(version)).not.toThrow();
});
