import { totalmem } from 'node:os';

export interface Memory {
  /** Of this process, in bytes. */
  used: number;
  /** What it may use: the container's limit, or else the machine's memory. */
  limit: number;
  isContainers: boolean;
}

export function memory(): Memory {
  const limit = process.constrainedMemory();
  // Without a limit it is 0, or more than any machine has.
  const isContainers = limit > 0 && limit < totalmem();
  return { used: process.memoryUsage.rss(), limit: isContainers ? limit : totalmem(), isContainers };
}
