/** Until when somebody outside lets the loop run. */
export interface DriveGoal {
  /** Checked before every event; a throw or rejection ends the wait with that error. */
  readonly condition: () => boolean | Promise<boolean>;
  /** Virtual time at which the wait ends at the latest: by `expired`. */
  readonly limitAt: number;
  /** At the limit: an error rejects, null resolves. */
  readonly expired: () => Error | null;
  /** What was waited for, for errors of the loop's own. */
  readonly describe: () => string;
}

interface OpenGoal extends DriveGoal {
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
  /** An asynchronous condition that has not answered yet. */
  pending: boolean;
  /** The turn in which an asynchronous condition was asked last: once a turn is enough. */
  askedInTurn: number;
  settled: boolean;
}

/** What the loop runs for: everybody who waits for something outside of it. */
export class Goals {
  #open: OpenGoal[] = [];
  readonly #onAnswer: () => void;

  /** `onAnswer`: an asynchronous condition has answered. */
  constructor(onAnswer: () => void) {
    this.#onAnswer = onAnswer;
  }

  get size(): number {
    return this.#open.length;
  }

  /** The earliest time at which one of them ends. */
  get limitAt(): number {
    return this.#open.reduce((earliest, goal) => Math.min(earliest, goal.limitAt), Number.POSITIVE_INFINITY);
  }

  /** An asynchronous condition has not answered yet. */
  get isAsking(): boolean {
    return this.#open.some((goal) => goal.pending);
  }

  add(goal: DriveGoal, resolve: () => void, reject: (error: unknown) => void): void {
    this.#open.push({ ...goal, resolve, reject, pending: false, askedInTurn: -1, settled: false });
  }

  /** Asks each condition whether it is met. True when a goal was settled, now or since the last time. */
  check(turn: number): boolean {
    let settled = false;
    for (const goal of this.#open) {
      if (!goal.settled && !goal.pending) this.#ask(goal, turn);
      settled ||= goal.settled;
    }
    if (settled) this.#open = this.#open.filter((goal) => !goal.settled);
    return settled;
  }

  failAll(error: (goal: DriveGoal) => unknown): void {
    for (const goal of this.#open) settle(goal, error(goal));
  }

  /** Ends those whose time is over. */
  expire(now: number): void {
    for (const goal of this.#open) if (goal.limitAt <= now) settle(goal, goal.expired());
  }

  #ask(goal: OpenGoal, turn: number): void {
    if (goal.askedInTurn === turn) return;
    try {
      const answer = goal.condition();
      if (answer === true) settle(goal, null);
      if (typeof answer === 'boolean') return;
      goal.pending = true;
      goal.askedInTurn = turn;
      answer.then(
        (met) => {
          goal.pending = false;
          if (met) settle(goal, null);
          this.#onAnswer();
        },
        (error: unknown) => {
          settle(goal, error);
          this.#onAnswer();
        },
      );
    } catch (error) {
      settle(goal, error);
    }
  }
}

function settle(goal: OpenGoal, error: unknown): void {
  if (goal.settled) return;
  goal.settled = true;
  if (error === null) goal.resolve();
  else goal.reject(error);
}
