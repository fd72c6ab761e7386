import { readFileSync } from 'node:fs';

/** What a process has used since it started. */
export interface Usage {
  /** Of all its threads, in user and kernel mode. */
  cpuSeconds: number;
  rssBytes: number;
  peakRssBytes: number;
}

/** The unit of the kernel's CPU figures: 1/100 s on all that Node runs on, whatever the kernel was built with. */
const TICKS_PER_SECOND = 100;
/** utime and stime, counted from the state that follows the command's name. */
const USER_TICKS = 11;
const KERNEL_TICKS = 12;

/** Looks from outside, so that the process is not disturbed. Linux tells; null elsewhere, and once it has ended. */
export function usageOf(pid: number): Usage | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The command's name stands in parentheses and may hold spaces and parentheses.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return {
      cpuSeconds: (Number(fields[USER_TICKS]) + Number(fields[KERNEL_TICKS])) / TICKS_PER_SECOND,
      rssBytes: kilobytes(status, 'VmRSS') * 1024,
      peakRssBytes: kilobytes(status, 'VmHWM') * 1024,
    };
  } catch {
    return null;
  }
}

/** Of several processes together; null where one of them does not tell. */
export function usageOfAll(pids: readonly number[]): Usage | null {
  const sum: Usage = { cpuSeconds: 0, rssBytes: 0, peakRssBytes: 0 };
  for (const pid of pids) {
    const usage = usageOf(pid);
    if (usage === null) return null;
    sum.cpuSeconds += usage.cpuSeconds;
    // Memory is a limit of each pod: what counts is the largest.
    sum.rssBytes = Math.max(sum.rssBytes, usage.rssBytes);
    sum.peakRssBytes = Math.max(sum.peakRssBytes, usage.peakRssBytes);
  }
  return sum;
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]);
}
