import type { Fault } from '../../fault.ts';
import { shownSpan } from './shown-time.ts';
import { visibleText } from './visible-text.ts';

/** A fault in plain words: `a commit is stored, but its answer is lost (member a, 3 times)`. */
export function faultWords(fault: Fault): string {
  const { kind, times, ...rest } = fault as Fault & Readonly<Record<string, unknown>>;
  const about = [
    ...Object.entries(rest).flatMap(([name, value]) => (value === undefined ? [] : [fieldWords(name, value)])),
    ...(typeof times === 'number' && times !== 1 ? [`${times} times`] : []),
  ];
  const words = Object.hasOwn(WORDS, kind) ? WORDS[kind] : undefined;
  // A kind that is newer than these words still has a name.
  return `${words ?? kind.replaceAll('-', ' ')}${about.length === 0 ? '' : ` (${about.join(', ')})`}`;
}

function fieldWords(name: string, value: unknown): string {
  const shown = visibleText(typeof value === 'string' ? value : JSON.stringify(value), { limit: 80 });
  if (typeof value === 'number' && (name === 'ms' || name.endsWith('Ms'))) {
    const what = name === 'ms' ? '' : `${spaced(name.slice(0, -2))} `;
    return `${what}${shownSpan(value)}`;
  }
  if (name === 'code' || name === 'api') return shown;
  return `${spaced(name)} ${shown}`;
}

/** `afterEvents` becomes `after events`. */
function spaced(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

const WORDS: Readonly<Record<string, string>> = {
  'commit-refused': 'a commit is refused',
  'commit-request-lost': 'a commit is lost on its way to the broker',
  'commit-reply-lost': 'a commit is stored, but its answer is lost',
  'fetch-request-lost': 'a fetch is lost on its way to the broker',
  'fetch-reply-lost': 'the answer to a fetch is lost',
  'heartbeat-request-lost': 'a heartbeat is lost',
  'produce-refused': 'a write is refused',
  'produce-reply-lost': 'a record is written, but its acknowledgement is lost',
  'request-lost': 'a request is lost on its way',
  'reply-lost': 'a request is done, but its answer is lost',
  'request-refused': 'a request is refused',
  'request-delayed': 'a request comes late',
  'reply-delayed': 'an answer comes late',
  'request-overtaken': 'a request is overtaken by a later one',
  'connection-cut': 'a connection breaks',
  'fetch-partial': 'a fetched batch ends in the middle',
  'stale-batch': 'a batch of an old assignment arrives in the new one',
  'produce-duplicated': 'a write arrives twice',
  'broker-restarted': 'a broker restarts',
  'coordinator-moved': 'another broker coordinates the group',
  'coordinator-loading': 'the group’s coordinator is loading',
  'leader-moved': 'another broker leads the partition',
  'replica-lagging': 'a replica stays behind',
  'not-enough-replicas': 'too few replicas are there',
  'disk-full': 'a broker’s disk is full',
  'unclean-leader': 'a broker that lacks the last records takes the lead',
  'records-removed': 'retention removes records',
  rebalance: 'the group rebalances',
  'topic-recreated': 'the topic is deleted and made again',
  'partitions-added': 'the topic gets more partitions',
  'member-crashed': 'a process dies without a word',
  'member-paused': 'a process stands still',
  'clock-jumped': 'a process’s clock jumps ahead',
  'handler-slow': 'a handler call takes long',
  'handler-hung': 'a handler call hangs',
  'handler-throws': 'a handler call throws',
  'handler-rejects': 'a handler call’s promise rejects',
  'handler-late': 'a handler call answers after its deadline',
  'poison-record': 'a record cannot be decoded',
};
