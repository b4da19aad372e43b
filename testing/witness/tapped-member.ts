/** Whose boundary it is, and whether that process still lives: leftover code of a dead one is no evidence. */
export interface TappedMember {
  readonly name: string;
  readonly alive: boolean;
}
