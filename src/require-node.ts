import process from 'node:process';
import { KafkaError } from './errors.ts';

const LEAST = [22, 18] as const;

/** Throws UNSUPPORTED on a Node that this package does not run on, which would fail later, in words of its own. Npm only warns of it. */
export function requireNode(version: string = process.versions.node): void {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > LEAST[0] || (major === LEAST[0] && minor >= LEAST[1])) return;
  throw new KafkaError('UNSUPPORTED', `kafka-rehearsal needs Node ${LEAST.join('.')} or later; this is Node ${version}`);
}
