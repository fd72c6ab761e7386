import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOTS = [
  { root: '/sys/fs/cgroup/memory', limit: 'memory.limit_in_bytes' },
  { root: '/sys/fs/cgroup', limit: 'memory.max' },
];

/** A control group that ends a process which takes more memory than a pod may. */
export class MemoryLimit {
  private constructor(private readonly folder: string) {}

  /** @returns null where this machine or user cannot make one */
  static create(name: string, bytes: number): MemoryLimit | null {
    for (const { root, limit } of ROOTS) {
      const folder = join(root, name);
      try {
        mkdirSync(folder);
        if (!existsSync(join(folder, limit))) throw new Error('no memory controller');
        writeFileSync(join(folder, limit), String(bytes));
        return new MemoryLimit(folder);
      } catch {
        removeGroup(folder);
      }
    }
    return null;
  }

  add(pid: number): void {
    writeFileSync(join(this.folder, 'cgroup.procs'), String(pid));
  }

  /** Once no process is in it. */
  remove(): void {
    removeGroup(this.folder);
  }
}

/**
 * The most memory that a process has had at a time, in bytes, without the pages of files, which the kernel takes back where
 * it needs them; 0 where it is gone.
 */
export function peakMemory(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    const kibibytes = (name: string) =>
      Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0);
    return Math.max(0, kibibytes('VmHWM') - kibibytes('RssFile')) * 1024;
  } catch {
    return 0;
  }
}

function removeGroup(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // It was never there, or the kernel still counts what the process left: it is removed with the machine.
  }
}
