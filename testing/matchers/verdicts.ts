import { inspect } from 'node:util';
import type { KafkaRecord } from '../../src/record.ts';
import type { ProducedRecord, Stage } from '../stage.ts';
import { recordHistory } from '../stage/record-history.ts';
import { asText, showRecord } from '../stage/shown-record.ts';
import { matches } from './matches.ts';

/** What a matcher needs of a stage. */
export type RehearsedStage = Pick<Stage, 'committedOffset' | 'observations' | 'produced' | 'records'>;

/** As `expect.extend` of Vitest and Jest has it. The message fits the case that the caller reports: not passed, or passed against `.not`. */
export interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

export interface CommittedExpectation {
  readonly topic: string;
  /** Default 0. */
  readonly partition?: number;
  /** The offset that the group would go on from; null: nothing is committed. */
  readonly offset: number | null;
}

export interface RecordExpectation {
  readonly topic: string;
  /** Default: any. */
  readonly partition?: number;
  readonly offset: number;
}

export interface ReasonExpectation extends RecordExpectation {
  /** A string, or an asymmetric matcher. Default: any. */
  readonly reason?: unknown;
}

export interface SkippedExpectation extends ReasonExpectation {
  /** How often exactly. Default: at least once. */
  readonly times?: number;
}

export interface ProducedExpectation {
  readonly topic: string;
  readonly partition?: number;
  /** Text, null or an asymmetric matcher. Default: any. */
  readonly key?: unknown;
  /** JSON value, text, bytes, null or an asymmetric matcher. Default: any. */
  readonly value?: unknown;
  /** How many such records exactly. Default: at least one. */
  readonly times?: number;
}

/** How many records a message lists. */
const LISTED_AT_MOST = 10;

/** The broker stores exactly this offset for the partition. */
export function hasCommitted(stage: RehearsedStage, { topic, partition = 0, offset }: CommittedExpectation): Verdict {
  const committed = stage.committedOffset(topic, partition);
  return verdict(committed === offset, (not) => {
    const records = stage.records(topic).filter((record) => record.partition === partition);
    const next = records.find((record) => record.offset >= (committed ?? 0));
    return [
      `Expected ${topic}/${partition}${not} to have ${showOffset(offset)}; it has ${showOffset(committed)}.`,
      next === undefined ? `  No record stands at or above it.` : `  The record there: ${showWithHistory(stage, next)}`,
      ...(offset !== null && committed !== null && committed > offset ? before(stage, records, offset) : []),
    ];
  });
}

/** The record was consumed. */
export function hasConsumed(stage: RehearsedStage, expected: RecordExpectation): Verdict {
  return hasAction(stage, expected, 'consume', undefined, undefined);
}

/** The record was skipped: once at least, or exactly `times`. */
export function hasSkipped(stage: RehearsedStage, expected: SkippedExpectation): Verdict {
  return hasAction(stage, expected, 'skip', expected.reason, expected.times);
}

/** The record was rejected. */
export function hasRejected(stage: RehearsedStage, expected: ReasonExpectation): Verdict {
  return hasAction(stage, expected, 'reject', expected.reason, undefined);
}

/** A record like this was written to the topic by somebody other than the stage. */
export function hasProduced(stage: RehearsedStage, { topic, partition, key, value, times }: ProducedExpectation): Verdict {
  const produced = stage.produced(topic);
  const alike = produced.filter(
    (each) =>
      (partition === undefined || each.partition === partition) &&
      (key === undefined || matches(each.key, key)) &&
      (value === undefined || valueMatches(each, value)),
  );
  return verdict(times === undefined ? alike.length > 0 : alike.length === times, (not) => {
    const wanted = Object.entries({ partition, key, value }).flatMap(([name, each]) =>
      each === undefined ? [] : [`${name} ${show(each)}`],
    );
    const count = times === undefined ? 'a record' : `exactly ${times} record${times === 1 ? '' : 's'}`;
    return [
      `Expected ${count}${wanted.length === 0 ? '' : ` with ${wanted.join(', ')}`}${not} to have been produced to ${topic}; ${alike.length} of ${produced.length} match.`,
      ...list(produced.map(({ record }) => showRecord(record))),
    ];
  });
}

function hasAction(
  stage: RehearsedStage,
  { topic, partition, offset }: RecordExpectation,
  action: 'consume' | 'skip' | 'reject',
  reason: unknown,
  times: number | undefined,
): Verdict {
  const taken = stage.observations.filter(
    (each) =>
      each.kind === 'action' &&
      each.topic === topic &&
      each.offset === offset &&
      each.action === action &&
      (partition === undefined || each.partition === partition) &&
      (reason === undefined || matches(each.reason, reason)),
  );
  return verdict(times === undefined ? taken.length > 0 : taken.length === times, (not) => {
    const place = partition === undefined ? `offset ${offset} of ${topic}` : `${topic}/${partition}/${offset}`;
    const how = `${PAST_TENSE[action]}${reason === undefined ? '' : ` with reason ${show(reason)}`}${times === undefined ? '' : ` ${times} time${times === 1 ? '' : 's'}`}`;
    const there = stage
      .records(topic)
      .filter((record) => record.offset === offset && (partition === undefined || record.partition === partition));
    return [
      `Expected ${place}${not} to have been ${how}.`,
      ...(there.length === 0
        ? [`  There is no such record: ${describeTopic(stage, topic)}.`]
        : list(there.map((record) => showWithHistory(stage, record)))),
    ];
  });
}

const PAST_TENSE = { consume: 'consumed', skip: 'skipped', reject: 'rejected' } as const;

function verdict(pass: boolean, lines: (not: string) => readonly string[]): Verdict {
  return { pass, message: () => lines(pass ? ' not' : '').join('\n') };
}

function showWithHistory(stage: RehearsedStage, record: KafkaRecord): string {
  return `${showRecord(record)}: ${recordHistory(stage.observations, record.topic, record.partition, record.offset) || 'never delivered'}`;
}

function before(stage: RehearsedStage, records: readonly KafkaRecord[], offset: number): readonly string[] {
  const record = records.find((each) => each.offset >= offset);
  return record === undefined ? [] : [`  The record at ${offset}: ${showWithHistory(stage, record)}`];
}

function describeTopic(stage: RehearsedStage, topic: string): string {
  const byPartition = Map.groupBy(stage.records(topic), ({ partition }) => partition);
  if (byPartition.size === 0) return `${topic} is empty`;
  const ranges = [...byPartition].map(
    ([partition, records]) => `${topic}/${partition} holds ${records[0]?.offset} to ${records.at(-1)?.offset}`,
  );
  return ranges.join(', ');
}

function list(lines: readonly string[]): readonly string[] {
  const shown = lines.slice(0, LISTED_AT_MOST).map((line) => `  ${line}`);
  return lines.length > LISTED_AT_MOST ? [...shown, `  and ${lines.length - LISTED_AT_MOST} more`] : shown;
}

/** A value may be meant as JSON, as text or as bytes. */
function valueMatches({ value, record }: ProducedRecord, expected: unknown): boolean {
  if (expected instanceof Uint8Array) return record.value !== null && Buffer.from(record.value).equals(expected);
  // A tombstone is not the JSON text `null`.
  if (expected === null) return record.value === null;
  return matches(value, expected) || matches(asText(record.value), expected);
}

function showOffset(offset: number | null): string {
  return offset === null ? 'no committed offset' : `committed offset ${offset}`;
}

function show(value: unknown): string {
  const asymmetric = value as { toAsymmetricMatcher?: () => string } | null;
  if (typeof asymmetric === 'object' && typeof asymmetric?.toAsymmetricMatcher === 'function') return asymmetric.toAsymmetricMatcher();
  return typeof value === 'string' ? JSON.stringify(value) : inspect(value, { breakLength: Number.POSITIVE_INFINITY });
}
