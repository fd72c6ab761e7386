import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redrive, RedriveResult } from '#dead-letter';
import { coordinatesText, isRedriveId, REDRIVE_ID_HEADER, type Coordinates, type Fault } from '#pipeline';
import type { Actor, DeadLetterEntry, DeadLetterStore, RedrivenLetter } from '#warehouse';
import { keyText } from './letters/chunks.js';
import { keptBytes, type Candidate, type LeftOut, type Plan, type RedrivePlanner } from './redrive-plan.js';
import { changedFields } from './values/value-changes.js';

/** Letters marked as sent at a time: at most this many are sent again after a run is killed. */
const CHUNK_LETTERS = 200;
/** Messages per second. */
export const DEFAULT_RATE = 500;

export interface RedriveWork {
  /** Assigns redrive ids and records what was sent. */
  store: DeadLetterStore;
  /** Recorded with what was sent. */
  by: Actor;
  planner: RedrivePlanner;
  /** Null for a dry run, which records nothing either. */
  publisher: { publish(redrives: readonly Redrive[]): Promise<RedriveResult> } | null;
  /** Messages per second. */
  rate: number;
  /** Ends the run after the current chunk. */
  signal: AbortSignal;
  onPlanned: (candidate: Candidate, plan: Plan) => void;
  /** Called after each chunk. */
  onProgress: (done: number) => void | Promise<void>;
}

export interface RedriveReport {
  /** Letters that were processed. */
  chosen: number;
  /** Letters that were sent, or in a dry run would be. */
  sent: number;
  leftOut: Map<LeftOut, Coordinates[]>;
  /** The fault that ended the run early. */
  fault: Fault | null;
}

interface Planned {
  letter: DeadLetterEntry;
  value: Buffer;
}

/** How many letters to send at a time. */
export function chunkLetters(rate: number): number {
  return Math.max(1, Math.min(CHUNK_LETTERS, Math.floor(rate)));
}

/**
 * Sends letters again, chunk by chunk: it claims their redrive ids in the table, sends them, and marks them as sent.
 * If a run ends anywhere in between, the next one sends under the same ids, and each letter is stored once.
 */
export async function sendLetters(
  chunks: AsyncIterable<readonly Candidate[]>,
  work: RedriveWork,
): Promise<RedriveReport> {
  const { store, by, planner, publisher, rate, signal, onPlanned, onProgress } = work;
  const report: RedriveReport = { chosen: 0, sent: 0, leftOut: new Map(), fault: null };
  const leaveOut = (why: LeftOut, ...at: Coordinates[]) => {
    if (at.length === 0) return;
    const letters = report.leftOut.get(why) ?? [];
    report.leftOut.set(why, letters);
    letters.push(...at.map(({ topic, partition, offset }) => ({ topic, partition, offset })));
  };
  const startedAt = performance.now();
  for await (const chunk of chunks) {
    if (signal.aborted) return report;
    const planned: Planned[] = [];
    for (const candidate of chunk) {
      const plan = planner.plan(candidate);
      onPlanned(candidate, plan);
      if (plan.kind === 'leave') leaveOut(plan.why, candidate.letter);
      else planned.push({ letter: candidate.letter, value: plan.value });
    }
    if (publisher === null) {
      report.sent += planned.length;
    } else {
      const { redrives, stored } = await claim(store, planned);
      leaveOut('stored', ...stored);
      const result = await publisher.publish(redrives.map(({ redrive }) => redrive));
      if (result.kind === 'fault') return { ...report, fault: result.fault };
      const refused = new Set(result.tooLarge.map(coordinatesText));
      const sent = redrives.filter(({ redrive }) => !refused.has(coordinatesText(redrive)));
      await store.markRedriven(sent.map(redriven), by);
      leaveOut('too-large', ...result.tooLarge);
      report.sent += sent.length;
      await sleepUntil(startedAt + (report.sent / rate) * 1000, signal);
    }
    report.chosen += chunk.length;
    await onProgress(report.chosen);
  }
  return report;
}

function redriven({ letter, redrive }: { letter: DeadLetterEntry; redrive: Redrive }): RedrivenLetter {
  return {
    ...letter,
    redriveId: redrive.redriveId,
    changed: changedFields(keptBytes(letter.value), redrive.value),
  };
}

/** Claims the redrive ids, and separates letters that are already stored. */
async function claim(store: DeadLetterStore, planned: readonly Planned[]) {
  const proposed = planned.map(({ letter }) => ({ ...letter, redriveId: redriveIdOf(letter) }));
  const claimed = new Map((await store.claim(proposed)).map((one) => [keyText(one), one]));
  const redrives: { letter: DeadLetterEntry; redrive: Redrive }[] = [];
  const stored: Coordinates[] = [];
  for (const { letter, value } of planned) {
    const { redriveId, storedAs } = claimed.get(keyText(letter)) ?? {};
    if (redriveId === undefined) continue;
    if (storedAs !== null) stored.push(letter);
    else redrives.push({ letter, redrive: { ...letter, value, redriveId } });
  }
  return { redrives, stored };
}

/**
 * Reuses the id that the message was sent under before, if any. If it became several dead letters on the way, at most
 * one of them is stored.
 */
function redriveIdOf({ redriveId, headers }: DeadLetterEntry): string {
  const carried = headers.findLast(({ name }) => name === REDRIVE_ID_HEADER)?.value?.toString('latin1') ?? '';
  return redriveId ?? (isRedriveId(carried) ? carried : randomUUID());
}

async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  const ms = time - performance.now();
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
