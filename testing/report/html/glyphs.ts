import type { Happening } from '../model/mark.ts';

/** Signs as paths in a box of 12 by 12: they look the same with every font, and each kind has a shape of its own, not just a colour. */
export const GLYPHS = {
  check: 'M2 6.5 5 9.5 10.5 3',
  cross: 'M3 3 9 9M9 3 3 9',
  again: 'M10 4.5A4.2 4.2 0 1 0 10 8M10.5 1.8V4.8H7.5',
  ban: 'M6 1.8A4.2 4.2 0 1 0 6.01 1.8M3 3 9 9',
  dots: 'M2 6H2.01M6 6H6.01M10 6H10.01',
  down: 'M6 1.5V9.5M2.5 6.2 6 9.7 9.5 6.2',
  drop: 'M6 1.5V6M3.5 8 8.5 8M3.5 10.5 8.5 10.5',
  flag: 'M3 11V1.5H9.5L7.8 4.2 9.5 7H3',
  start: 'M3.5 2 9.5 6 3.5 10Z',
  stopping: 'M4 2.5V9.5M8 2.5V9.5',
  stop: 'M3 3H9V9H3Z',
  skull: 'M2 2 10 10M10 2 2 10M6 1V11M1 6H11',
  enter: 'M8 1.5H3.5V10.5H8',
  leave: 'M4 1.5H8.5V10.5H4',
  bolt: 'M7 1 3 7H6L5 11 9 5H6Z',
  calm: 'M1.5 6H10.5',
  end: 'M3 1.5V10.5M3 2H9.5V6.5H3',
  dot: 'M6 4.5A1.5 1.5 0 1 0 6.01 4.5',
  note: 'M6 2V7M6 9.8V10',
} as const;

export type GlyphName = keyof typeof GLYPHS;

export function glyphOf(what: Happening): GlyphName {
  switch (what.kind) {
    case 'call':
      return ({ consume: 'check', skip: 'again', reject: 'ban', failed: 'cross', unanswered: 'dots' } as const)[what.outcome];
    case 'commit':
    case 'send':
      return what.outcome === 'refused' ? 'cross' : what.outcome === 'acknowledged' ? 'flag' : 'dots';
    case 'batch':
      return what.accepted ? 'down' : 'drop';
    case 'assigned':
      return 'enter';
    case 'revoked':
    case 'lost':
      return 'leave';
    case 'started':
      return 'start';
    case 'stopping':
      return 'stopping';
    case 'stopped':
      return 'stop';
    case 'crashed':
      return 'skull';
    case 'fault':
      return 'bolt';
    case 'calm':
      return 'calm';
    case 'ended':
      return 'end';
    case 'removed':
      return 'cross';
    case 'stored':
    case 'written':
      return 'dot';
    case 'notice':
    case 'other':
      return 'note';
  }
}
