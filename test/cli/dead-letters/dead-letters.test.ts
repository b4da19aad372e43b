import { describe, expect, test } from 'vitest';
import { listLetters } from '../../../cli/dead-letters/list-command.ts';
import type { ListFlags } from '../../../cli/dead-letters/list-command.ts';
import { redriveLetters } from '../../../cli/dead-letters/redrive-command.ts';
import type { RedriveFlags } from '../../../cli/dead-letters/redrive-command.ts';
import { showLetter } from '../../../cli/dead-letters/show-command.ts';
import type { ShowFlags } from '../../../cli/dead-letters/show-command.ts';
import type { ConnectedCluster } from '../../../cli/connect-cluster.ts';
import type { RecordHeader } from '../../../src/record.ts';
import { DeadLetterRig } from '../../dead-letter/dead-letter-rig.ts';
import { bytes, record } from '../../dead-letter/rejected.ts';

const SECRET = 'card 4111';

class Terminal {
  readonly rig = new DeadLetterRig();
  lines: string[] = [];

  get cluster(): ConnectedCluster {
    const { transport, member, producerConfig } = this.rig;
    return { transport, clock: member.clock, random: member.random, producer: producerConfig, close: () => Promise.resolve() };
  }

  get text(): string {
    return this.lines.join('\n');
  }

  list(flags: Partial<ListFlags> = {}): Promise<number> {
    return this.#run(listLetters(this.cluster, 'orders.dead', { limit: 1_000, ...flags }, (line) => this.lines.push(...line.split('\n'))));
  }

  show(place: string, flags: ShowFlags = {}): Promise<number> {
    const [partition = 0, offset = 0] = place.split('/').map(Number);
    return this.#run(showLetter(this.cluster, { topic: 'orders.dead', partition, offset }, flags, (line) => this.lines.push(line)));
  }

  redrive(flags: Partial<RedriveFlags> = {}): Promise<number> {
    const say = (line: string): void => void this.lines.push(line);
    return this.#run(redriveLetters(this.cluster, 'orders.dead', { rate: 1_000, ...flags }, { say }));
  }

  #run(work: Promise<number>): Promise<number> {
    this.lines = [];
    return this.rig.settle(work);
  }
}

/** Three letters: 1/0 and 2/0 are whole, 2/1 is a pointer. */
async function terminal(): Promise<Terminal> {
  const made = new Terminal();
  await made.rig.prepare();
  const value = bytes(`{"note":"${SECRET}"}`);
  const headers: RecordHeader[] = [
    ['trace', bytes('t1')],
    ['raw', new Uint8Array([0xff, 0xfe])],
    ['none', null],
  ];
  const cause = new SyntaxError(`Unexpected token in ${SECRET}`);
  await made.rig.letter({
    record: await made.rig.original({ partition: 1, key: bytes('k1'), value, headers }),
    reason: 'decode-failed',
    cause,
  });
  await made.rig.venue.advance(3_600_000);
  await made.rig.letter({ record: await made.rig.original({ partition: 2, value }), reason: 'too-old' });
  await made.rig.letter({ record: await made.rig.original({ partition: 2, value }), reason: 'too-old' }, 'pointer');
  return made;
}

describe('dead-letters list', () => {
  test('is a table that fits 100 columns, without a value or a message', async () => {
    const shell = await terminal();
    expect(await shell.list()).toBe(0);
    expect(shell.lines).toEqual([
      'LETTER  WRITTEN (UTC)        REASON         ORIGIN      TRIES  STATE',
      '1/0     2026-01-01 00:00:00  decode-failed  orders/1/0  3      open',
      '2/0     2026-01-01 01:00:00  too-old        orders/2/0  3      open',
      '2/1     2026-01-01 01:00:00  too-old        orders/2/1  3      open, pointer',
      '',
      'orders.dead: 3 dead letters (2 too-old, 1 decode-failed).',
    ]);
    expect(shell.text).not.toContain(SECRET);
  });

  test('cuts what is too wide, and writes out what could drive a terminal', async () => {
    const shell = new Terminal();
    await shell.rig.prepare();
    await shell.rig.letter({ record: record({ topic: 't'.repeat(249), offset: 123_456_789_012 }), reason: 'r'.repeat(64) });
    await shell.rig.letter({ record: record(), reason: '\u001b[31mred' });
    await shell.list();
    expect(Math.max(...shell.lines.slice(0, 3).map(({ length }) => length))).toBeLessThanOrEqual(100);
    expect(shell.text).toMatch(/ …t+\/2\/123456789012 /);
    expect(shell.text).not.toContain('\u001b');
    expect(shell.text).toContain('\\u001b[31mred');
  });

  test.each<[string, Partial<ListFlags>, readonly string[]]>([
    ['reason', { reason: ['decode-failed'] }, ['1/0']],
    ['several reasons', { reason: ['decode-failed', 'too-old'] }, ['1/0', '2/0', '2/1']],
    ['time, from', { since: Date.UTC(2026, 0, 1, 0, 30) }, ['2/0', '2/1']],
    ['time, until', { until: Date.UTC(2026, 0, 1, 0, 30) }, ['1/0']],
    ['origin', { origin: { originTopic: 'orders', originPartition: 2 } }, ['2/0', '2/1']],
    ['another origin', { origin: { originTopic: 'payments' } }, []],
  ])('filters by %s', async (_, flags, expected) => {
    const shell = await terminal();
    await shell.list({ ...flags, json: true });
    const { letters, matching } = JSON.parse(shell.text) as { letters: { partition: number; offset: number }[]; matching: number };
    expect(letters.map(({ partition, offset }) => `${partition}/${offset}`)).toEqual(expected);
    expect(matching).toBe(expected.length);
  });

  test('prints one JSON object, and no value in it', async () => {
    const shell = await terminal();
    await shell.list({ json: true });
    expect(shell.lines).toHaveLength(1);
    const printed = JSON.parse(shell.text) as { letters: object[] };
    expect(printed).toMatchObject({ topic: 'orders.dead', matching: 3, foreign: 0, reasons: { 'decode-failed': 1, 'too-old': 2 } });
    expect(printed.letters).toHaveLength(3);
    expect(printed.letters[0]).toEqual({
      partition: 1,
      offset: 0,
      timestamp: Date.UTC(2026, 0, 1),
      kind: 'letter',
      id: 'orders/1/0',
      origin: { topic: 'orders', partition: 1, offset: 0, timestamp: Date.UTC(2026, 0, 1) },
      firstTimestamp: Date.UTC(2026, 0, 1),
      group: 'billing',
      reason: 'decode-failed',
      errorClass: 'SyntaxError',
      attempts: 3,
      failures: 2,
      valueBytes: 20,
      redriven: false,
    });
    expect(shell.text).not.toContain(SECRET);
  });

  test('says when it shows only some, and what is none of ours', async () => {
    const shell = await terminal();
    await shell.rig.venue.produce('orders.dead', 0, [record()]);
    await shell.list({ limit: 2 });
    expect(shell.lines.slice(1, 3).map((line) => line.slice(0, 3))).toEqual(['2/0', '2/1']);
    expect(shell.lines.slice(-2)).toEqual([
      'The newest 2 are shown; --limit shows more.',
      '1 record in it is no dead letter of this package.',
    ]);
  });

  test('of an empty topic says so, and of none fails', async () => {
    const shell = new Terminal();
    await shell.rig.prepare();
    expect(await shell.list()).toBe(0);
    expect(shell.lines).toEqual(['orders.dead: 0 dead letters.']);
    await shell.rig.venue.admin.deleteTopics(['orders.dead']);
    await expect(shell.list()).rejects.toMatchObject({ code: 'UNKNOWN_TOPIC' });
  });
});

describe('dead-letters show', () => {
  test('tells all but the value and the message, which may quote it', async () => {
    const shell = await terminal();
    expect(await shell.show('1/0')).toBe(0);
    expect(shell.lines).toEqual([
      'orders.dead/1/0',
      '  written  2026-01-01 00:00:00 UTC',
      '  origin   orders/1/0, of 2026-01-01 00:00:00 UTC',
      '  reason   decode-failed, by the group billing',
      '  tries    3 deliveries, 2 failures',
      '  error    SyntaxError: --value shows its message, which may quote the record',
      '  state    open',
      '  key      "k1"',
      '  header   trace = "t1"',
      '  header   raw = base64 //4=',
      '  header   none = null',
      '  value    20 bytes (--value shows them)',
    ]);
    expect(shell.text).not.toContain(SECRET);
  });

  test('shows both when they are asked for', async () => {
    const shell = await terminal();
    await shell.show('1/0', { value: true });
    expect(shell.text).toContain(`SyntaxError: Unexpected token in ${SECRET}`);
    expect(shell.lines.at(-1)).toBe(`  value    "{\\"note\\":\\"${SECRET}\\"}"`);
  });

  test('says of a pointer where its value is', async () => {
    const shell = await terminal();
    await shell.show('2/1', { value: true });
    expect(shell.lines.at(-1)).toMatch(/not here: it was too large/);
  });

  test('prints one JSON object, with the value on demand', async () => {
    const shell = await terminal();
    await shell.show('1/0', { json: true });
    expect(shell.text).not.toContain(SECRET);
    const without = JSON.parse(shell.text) as object;
    expect(without).toMatchObject({
      redrivenAt: null,
      key: { text: 'k1' },
      headers: [
        ['trace', { text: 't1' }],
        ['raw', { base64: '//4=' }],
        ['none', null],
      ],
    });
    await shell.show('1/0', { json: true, value: true });
    expect(JSON.parse(shell.text)).toEqual({
      ...without,
      errorMessage: `Unexpected token in ${SECRET}`,
      value: { text: `{"note":"${SECRET}"}` },
    });
  });

  test.each([
    ['9/0', 'OFFSET_OUT_OF_RANGE'],
    ['1/5', 'OFFSET_OUT_OF_RANGE'],
    ['0/0', 'CONFIG_INVALID'],
  ])('of %s, which is none, fails with %s', async (place, code) => {
    const shell = await terminal();
    await shell.rig.venue.produce('orders.dead', 0, [record()]);
    await expect(shell.show(place)).rejects.toMatchObject({ code });
  });

  test('says when it went back', async () => {
    const shell = await terminal();
    await shell.redrive({ execute: true });
    await shell.show('1/0');
    expect(shell.text).toMatch(/state {4}redriven 2026-01-01 01:00:\d\d UTC/);
  });
});

describe('dead-letters redrive', () => {
  test('is a dry run unless it is told to execute', async () => {
    const shell = await terminal();
    expect(await shell.redrive()).toBe(0);
    expect(shell.lines).toEqual([
      'orders.dead: 3 dead letters match.',
      '3 letters to send back:',
      '  3 to orders (1 by pointer, without a value of their own)',
      'Every group that reads this topic gets them again, not only who rejected them: billing.',
      'At least once: after a lost answer or a crash a record may be there twice, both times with the same header kafka-rehearsal.id.',
      '\nNothing was sent: this was a dry run. The same with --execute sends.',
    ]);
    expect(await shell.rig.read('orders')).toHaveLength(3);
  });

  test('sends, marks, and has nothing to do the second time', async () => {
    const shell = await terminal();
    expect(await shell.redrive({ execute: true })).toBe(0);
    expect(shell.lines.at(-1)).toBe('3 records redriven, and marked so in the topic of the letters.');
    expect(await shell.rig.read('orders')).toHaveLength(6);
    expect(await shell.redrive({ execute: true })).toBe(0);
    expect(shell.lines).toEqual(['orders.dead: 3 dead letters match, 3 of them redriven before.', 'There is nothing to redrive.']);
    expect(await shell.rig.read('orders')).toHaveLength(6);
    await shell.list();
    expect(shell.lines.filter((line) => line.includes('redriven'))).toHaveLength(3);
    expect(shell.lines.at(-1)).toBe('orders.dead: 3 dead letters (2 too-old, 1 decode-failed).');
  });

  test('ends with 1 when a letter has to stay, and says which', async () => {
    const shell = await terminal();
    await shell.rig.letter({ record: record({ topic: 'gone' }) });
    expect(await shell.redrive({ execute: true })).toBe(1);
    expect(shell.text).toContain('1 to gone (1 to a topic or partition that does not exist)');
    expect(shell.text).toMatch(/1 letter stayed where it is:\n {2}2\/2: .*gone/);
  });

  test('says what is left behind a limit', async () => {
    const shell = await terminal();
    expect(await shell.redrive({ execute: true, limit: 1 })).toBe(0);
    expect(shell.text).toContain('at most 1 of them');
    expect(shell.lines.at(-1)).toBe('Some are left. The same command goes on with them.');
  });

  test('prints one JSON object', async () => {
    const shell = await terminal();
    await shell.redrive({ json: true });
    expect(JSON.parse(shell.text)).toEqual({
      topic: 'orders.dead',
      matching: 3,
      redrivenBefore: 0,
      foreign: 0,
      targets: [{ topic: 'orders', letters: 3, pointers: 1, gone: 0, homeless: 0 }],
      groups: ['billing'],
      executed: false,
    });
    await shell.rig.letter({ record: record({ topic: 'gone' }) });
    expect(await shell.redrive({ json: true, execute: true })).toBe(1);
    expect(shell.lines).toHaveLength(1);
    expect(JSON.parse(shell.text)).toMatchObject({
      executed: true,
      redriven: 3,
      failed: 1,
      duplicates: 0,
      isPartial: false,
      failures: [{ partition: 2, offset: 2, id: 'gone/2/41', code: 'UNKNOWN_TOPIC' }],
    });
  });
});
