import type { LaneModel } from '../model/lane-model.ts';
import type { Happening } from '../model/mark.ts';
import { GLYPHS, glyphOf } from './glyphs.ts';
import { html, type Markup } from './markup.ts';

/** Only what occurs: a reader learns no sign that he does not meet. */
export function drawLegend(model: LaneModel, id: string): Markup {
  const seen = new Map<string, { readonly what: Happening; readonly words: string }>();
  for (const { what } of model.marks) {
    const words = legendWords(what);
    if (words !== null && !seen.has(words)) seen.set(words, { what, words });
  }
  const entries = [...seen.values()].sort((left, right) => ORDER.indexOf(left.what.kind) - ORDER.indexOf(right.what.kind));
  return html`<details class="legend" open><summary>How to read it</summary><ul>
    ${entries.map(({ what, words }) => entry(sample(what), words))}
    ${lineEntries(model, id).map(([picture, words]) => entry(picture, words))}
  </ul></details>`;
}

function entry(picture: Markup, words: string): Markup {
  return html`<li><svg width="70" height="22" viewBox="-18 0 70 22" aria-hidden="true">${picture}</svg><span>${words}</span></li>`;
}

/** What is no mark: bars, bands, lines and the area of risk, as they look in the chart. */
function lineEntries(model: LaneModel, id: string): readonly (readonly [Markup, string])[] {
  const has = (kind: string): boolean => [...model.spans].some(([lane, spans]) => lane.startsWith(kind) && spans.length > 0);
  const isCommitted = model.lines.some((line) => line.committed.some(({ offset }) => offset !== null));
  return [
    ...(has('member ') ? [[html`<rect class="span-member" x="-8" y="7" width="50" height="8" rx="4"/>`, 'the process runs'] as const] : []),
    ...(has('work ')
      ? [[html`<rect class="span-work" x="-8" y="2" width="50" height="18" rx="4"/>`, 'the member holds the partition'] as const]
      : []),
    [
      html`<line class="moment-band" x1="-8" y1="11" x2="42" y2="11"/>`,
      'on the time axis: all of this happened at one time, and is spread out to be seen',
    ],
    [html`<path class="line-committed" d="M1 17H14V5H33"/>`, 'committed offset: from here a restarted group goes on'],
    ...(isCommitted ? [[html`<circle class="step-dot" cx="17" cy="11" r="3.5"/>`, 'the stored offset changes'] as const] : []),
    [html`<path class="line-safe" d="M1 17H20V5H33"/>`, 'safe limit: the most that may be committed; every record before it is done'],
    [html`<path class="line-end" d="M1 11H33"/>`, 'end of the log: one past the last record'],
    [html`<line class="violation-line" x1="17" y1="1" x2="17" y2="21"/>`, 'the promise breaks'],
    ...(model.danger === null
      ? []
      : [
          [
            html`<rect class="danger" x="-8" y="2" width="50" height="18"/><rect fill="url(#${id}-hatch)" x="-8" y="2" width="50" height="18"/><line class="violation-line" x1="-8" y1="2" x2="-8" y2="20"/><line class="danger-end" x1="42" y1="2" x2="42" y2="20"/>`,
            'a restart in this time loses what is open',
          ] as const,
        ]),
  ];
}

const ORDER: readonly Happening['kind'][] = [
  'written',
  'call',
  'commit',
  'batch',
  'assigned',
  'revoked',
  'lost',
  'started',
  'stopping',
  'stopped',
  'crashed',
  'fault',
  'calm',
  'ended',
];

function legendWords(what: Happening): string | null {
  switch (what.kind) {
    case 'written':
      return 'a record is written (its offset)';
    case 'call':
      return {
        consume: 'handler call: record done (Consume)',
        reject: 'handler call: record done for good (Reject)',
        skip: 'handler call: not now, again later (Skip)',
        failed: 'handler call: failed, again later',
        unanswered: 'handler call without an answer',
      }[what.outcome];
    case 'commit':
      return what.outcome === 'acknowledged' ? 'commit: the member tells Kafka how far it is' : 'commit that was refused or not answered';
    case 'send':
      return 'the member writes so many messages';
    case 'batch':
      return what.accepted ? 'a batch of records arrives' : 'a batch is dropped';
    case 'assigned':
      return 'the partition is given to the member';
    case 'revoked':
    case 'lost':
      return 'the partition is taken from the member';
    case 'started':
      return 'a process starts';
    case 'stopping':
      return 'a process is told to stop';
    case 'stopped':
      return 'a process has stopped in good order';
    case 'crashed':
      return 'a process crashes';
    case 'fault':
      return 'a fault is set up, takes effect, or is over';
    case 'calm':
      return 'the plan is over: no more faults; everything has to be done and committed';
    case 'ended':
      return 'the run is over';
    case 'stored':
      return 'the broker is seen to store an offset';
    case 'removed':
      return 'retention removes records';
    case 'notice':
      return 'a report of the runtime';
    default:
      return null;
  }
}

function sample(what: Happening): Markup {
  const sign = GLYPHS[glyphOf(what)];
  const outcome = 'outcome' in what ? ` is-${what.outcome}` : '';
  if (what.kind === 'call') {
    return html`<g class="mark mark-call${outcome}"><rect class="body" x="1" y="1" width="32" height="20" rx="10"/><text class="mark-text" x="7" y="15.5">0</text><path class="glyph" d="${sign}" transform="translate(18 5)"/></g>`;
  }
  if (what.kind === 'commit') {
    return html`<g class="mark mark-commit${outcome}"><rect class="body" x="-17" y="1" width="68" height="20" rx="3"/><text class="mark-text" x="17" y="15.5" text-anchor="middle">commit 1</text></g>`;
  }
  if (what.kind === 'send') {
    return html`<g class="mark mark-send${outcome}"><rect class="body" x="-11" y="1" width="56" height="20" rx="3"/><text class="mark-text" x="17" y="15.5" text-anchor="middle">write 1</text></g>`;
  }
  if (what.kind === 'written') {
    return html`<g class="mark mark-written"><rect class="body" x="7" y="2" width="20" height="18" rx="3"/><text class="mark-text" x="17" y="15.5" text-anchor="middle">0</text></g>`;
  }
  return html`<g class="mark mark-${what.kind}"><rect class="body" x="7" y="1" width="20" height="20" rx="10"/><path class="glyph" d="${sign}" transform="translate(11 5)"/></g>`;
}
