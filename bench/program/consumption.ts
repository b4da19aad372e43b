/** What the two consuming programs are told, and what they answer. */
export interface Consumption {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly groupId: string;
  readonly records: number;
}

export interface ConsumptionFigures {
  readonly recordsPerSecond: number;
  readonly cpuSeconds: number;
  readonly peakMegabytes: number;
}

/** Time runs from the first record handed over until the commit of the last one is acknowledged; joining the group is not part of it. */
export class ConsumptionMeter {
  #startedAt = 0;
  #cpuAtStart = process.cpuUsage();
  #committed = 0;
  readonly #records: number;
  readonly finished: Promise<ConsumptionFigures>;
  #finish: (figures: ConsumptionFigures) => void = () => {};

  constructor(records: number) {
    this.#records = records;
    this.finished = new Promise((resolve) => {
      this.#finish = resolve;
    });
  }

  start(): void {
    if (this.#startedAt !== 0) return;
    this.#startedAt = performance.now();
    this.#cpuAtStart = process.cpuUsage();
  }

  /** So many more records are handled, and their commit is acknowledged. */
  committed(count: number): void {
    this.#committed += count;
    if (this.#committed < this.#records) return;
    const elapsedMs = performance.now() - this.#startedAt;
    const cpu = process.cpuUsage(this.#cpuAtStart);
    this.#finish({
      recordsPerSecond: (this.#committed / elapsedMs) * 1000,
      cpuSeconds: (cpu.user + cpu.system) / 1e6,
      peakMegabytes: process.resourceUsage().maxRSS / 1024,
    });
  }
}
