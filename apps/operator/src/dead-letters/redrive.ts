import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redrive, RedriveResult } from '#dead-letter';
import { coordinatesText, isRedriveId, REDRIVE_ID_HEADER, type Coordinates, type Fault } from '#pipeline';
import type { DeadLetterEntry, DeadLetterStore, FoundDeadLetter } from '#warehouse';
import type { DeadLetterSource } from './dead-letter-source.js';
import { keyText } from './letters.js';
import type { LeftOut, RedrivePlanner } from './redrive-plan.js';

/** As many letters as are noted as sent at a time: what a run that is killed may send a second time. */
const CHUNK_LETTERS = 200;

export interface RedriveWork {
  source: DeadLetterSource;
  /** Where redrive ids are settled, and noted what was sent. */
  store: DeadLetterStore;
  planner: RedrivePlanner;
  /** Null where nothing is to be sent: then nothing is noted either. */
  publisher: { publish(redrives: readonly Redrive[]): Promise<RedriveResult> } | null;
  /** Messages a second. */
  rate: number;
  /** Ends the run after the chunk under way. */
  signal: AbortSignal;
  onProgress: (done: number) => void;
}

export interface RedriveReport {
  /** Letters that were looked at. */
  chosen: number;
  /** Sent, or to be sent where nothing is sent. */
  sent: number;
  leftOut: Map<LeftOut, Coordinates[]>;
  /** What ended the run before all letters were looked at. */
  fault: Fault | null;
}

/**
 * Sends letters again, chunk by chunk: first their redrive ids are settled in the table, then they are sent, then
 * they are noted as sent. Wherever this ends, another run sends under the same ids, and each is stored once.
 */
export async function redrive(
  letters: readonly FoundDeadLetter[],
  work: RedriveWork,
): Promise<RedriveReport> {
  const { source, store, planner, publisher, rate, signal, onProgress } = work;
  const report: RedriveReport = { chosen: 0, sent: 0, leftOut: new Map(), fault: null };
  const leaveOut = (why: LeftOut, ...at: Coordinates[]) => {
    if (at.length > 0) report.leftOut.set(why, [...(report.leftOut.get(why) ?? []), ...at]);
  };
  const startedAt = performance.now();
  const chunkLetters = Math.max(1, Math.min(CHUNK_LETTERS, Math.floor(rate)));
  for await (const chunk of source.read(letters, chunkLetters)) {
    if (signal.aborted) return report;
    const planned: { letter: DeadLetterEntry; value: Buffer }[] = [];
    for (const letter of chunk) {
      const plan = planner.plan(letter);
      if (plan.kind === 'leave') leaveOut(plan.why, letter);
      else planned.push({ letter, value: plan.value });
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
      await store.markRedriven(sent.map(({ letter }) => letter));
      leaveOut('too-large', ...result.tooLarge);
      report.sent += sent.length;
      await sleepUntil(startedAt + (report.sent / rate) * 1000, signal);
    }
    report.chosen += chunk.length;
    onProgress(report.chosen);
  }
  return report;
}

/** Settles the redrive ids, and tells apart what turns out to be stored. */
async function claim(store: DeadLetterStore, planned: readonly { letter: DeadLetterEntry; value: Buffer }[]) {
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
 * The id that the message was sent under before, if it was: of all the dead letters that it became on its way at most
 * one is stored.
 */
function redriveIdOf({ redriveId, headers }: DeadLetterEntry): string {
  const carried = headers.findLast(({ name }) => name === REDRIVE_ID_HEADER)?.value?.toString('latin1') ?? '';
  return redriveId ?? (isRedriveId(carried) ? carried : randomUUID());
}

async function sleepUntil(time: number, signal: AbortSignal): Promise<void> {
  const ms = time - performance.now();
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined);
}
