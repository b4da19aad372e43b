import type * as FastCheck from 'fast-check';
import { KafkaError } from '../src/errors.ts';

export type FastCheckModule = typeof FastCheck;

/** The optional peer that generates scenarios, loaded at the first campaign. Rejects with PEER_MISSING, which names it. */
export async function loadFastCheck(): Promise<FastCheckModule> {
  try {
    return await import('fast-check');
  } catch (cause) {
    throw new KafkaError(
      'PEER_MISSING',
      "Generated scenarios need the package 'fast-check' (version 4), which is not installed: npm install --save-dev fast-check",
      { cause },
    );
  }
}
