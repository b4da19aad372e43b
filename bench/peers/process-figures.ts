import { readFileSync } from 'node:fs';

/** `USER_HZ`, in which Linux tells processor times; 100 on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** Processor time of a process and its threads until now, in seconds; null where there is no /proc, or no such process. */
export function cpuSecondsOf(processId: number): number | null {
  const fields = read(`/proc/${processId}/stat`)
    ?.replace(/^.*\) /s, '')
    .split(' ');
  if (fields === undefined) return null;
  // Fields 14 and 15 of proc(5), user and system time; the first two were cut off.
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Peak resident memory of a process in megabytes (2^20 bytes); null where it cannot be told. */
export function peakMegabytesOf(processId: number): number | null {
  const kilobytes = /^VmHWM:\s+(\d+) kB$/m.exec(read(`/proc/${processId}/status`) ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null; // another system, or the process is gone: the caller says so in its table
  }
}
