import type { Observation } from '../../src/observation.ts';
import type { Rig } from './consumer-rig.ts';

const START = 1_000_000;

/** Each observation with everything in it: time since the start, kind, place, and the rest as JSON. */
export function told({ observations }: Rig): readonly string[] {
  return observations.map((observation) => {
    const { at, member, kind, topic, partition, epoch, error, ...rest } = observation as Observation & Record<string, unknown>;
    const place = topic === undefined ? '' : ` ${String(topic)}/${String(partition)}#${String(epoch)}`;
    const failure = error === undefined ? '' : ` ${error instanceof Error ? error.message : JSON.stringify(error)}`;
    return `${at - START} ${member} ${kind}${place} ${JSON.stringify(rest)}${failure}`;
  });
}

/** Each line of the log with everything in it. */
export function logged({ logs }: Rig): readonly string[] {
  return logs.map(
    ({ level, data: { err, ...data }, message }) =>
      `${level} ${JSON.stringify(data)} ${message}${err === undefined ? '' : ` (${String(err)})`}`,
  );
}
