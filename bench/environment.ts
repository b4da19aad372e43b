import { cpus, loadavg, release, totalmem } from 'node:os';

/** Without it no figure means anything. */
export interface BenchEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kafka: string | null;
  /** Of the last minute, when it was asked. */
  readonly loadAverage: number;
}

export function describeEnvironment(kafka: string | null): BenchEnvironment {
  const [first] = cpus();
  return {
    node: process.version,
    platform: `${process.platform} ${release()} ${process.arch}`,
    cpu: first?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    kafka,
    loadAverage: Math.round((loadavg()[0] ?? 0) * 100) / 100,
  };
}
