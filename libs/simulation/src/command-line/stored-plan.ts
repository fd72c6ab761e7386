import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KnownFaultName } from '../known-faults.js';
import type { Plan } from '../scenario/plan.js';

type StoredPlan = Omit<Plan, 'tolerated'>;

/** What a file holds in addition to a plan. */
export interface PlanNote {
  /** The promise that the plan broke when it was found. */
  found: string;
}

export async function storePlan(file: string, plan: Plan, found: string): Promise<void> {
  const { seed, chaosMs, warehouse, settings, faults } = plan;
  const stored: StoredPlan & PlanNote = { found, seed, chaosMs, warehouse, settings, faults };
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(stored, null, 2)}\n`);
}

/** @throws Error if the file cannot be read */
export async function readPlan(
  file: string,
  tolerated: ReadonlySet<KnownFaultName>,
): Promise<Plan & PlanNote> {
  const stored = JSON.parse(await readFile(file, 'utf8')) as StoredPlan & PlanNote;
  return { ...stored, tolerated };
}
