import type { Fault } from '../fault.ts';

/** What a venue tells of by itself, while a plan is played: the checker must know of it. */
export type Happening =
  /** A fault has changed a reply or an event; `over`: what lasted a while has ended. */
  | { readonly kind: 'fault'; readonly fault: Fault; readonly phase: 'felt' | 'over' }
  /** A member's process has died by a fault; its name is that of its life. */
  | { readonly kind: 'member-crashed'; readonly member: string }
  | { readonly kind: 'log-start-moved'; readonly topic: string; readonly partition: number; readonly offset: number }
  /** The log is another one from here on, or lost its end: offsets mean something else. */
  | { readonly kind: 'log-replaced'; readonly topic: string; readonly partition: number };
