import { cpus, release, totalmem } from 'node:os';

/** Without it no figure means anything. */
export interface BenchEnvironment {
  readonly node: string;
  readonly platform: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGb: number;
  readonly kafka: string | null;
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
  };
}
