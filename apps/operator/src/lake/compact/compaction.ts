import { createHash } from 'node:crypto';
import type { EventValidator } from '#events';
import { contractSchema, DTO_CLASSES } from '#events';
import { serviceVersion, type BatchSettings } from '#settings';
import { MAX_KEY_BYTES } from '#pipeline';
import { fetchAt, type LakeAccess, type LakeLog } from '../replay/lake-log.js';
import { LeftOut } from '../replay/left-out.js';
import type { RunOptions } from '../replay/replay-run.js';
import { eventColumns } from './event-columns.js';
import { eventLine } from './event-line.js';
import { ParquetFiles } from './parquet-files.js';
import type { RunManifest, RunPlan, Runs, RunSpan } from './runs.js';

/** A run covers objects of about this size, so that its files fit into memory and its temporary file on a disk. */
const MOST_BYTES = 128 * 1024 * 1024;
/** Clocks of producers may be ahead. */
const AHEAD_MS = 2 * 86_400_000;
const COLUMNS = eventColumns();

/** Identifies what decides the content of the files. */
export function contractsId({ unknownEventTypes, eventMaxBytes, eventMaxValues }: BatchSettings): string {
  const rules = [
    DTO_CLASSES.map((each) => contractSchema(each)),
    unknownEventTypes,
    eventMaxBytes,
    eventMaxValues,
  ];
  return createHash('sha256').update(JSON.stringify(rules)).digest('hex');
}

/** The offsets that no run covers yet, up to the size of a run. */
function nextSpans(logs: readonly LakeLog[], positions: RunPlan['positions']): RunSpan[] {
  const spans: RunSpan[] = [];
  let bytes = 0;
  for (const { partition, low, end, objects } of logs) {
    const from = Math.max(low, positions[partition] ?? 0);
    let to = from;
    for (const [index, object] of objects.entries()) {
      const next = objects[index + 1]?.first ?? end;
      if (next <= from) continue;
      if (bytes >= MOST_BYTES) break;
      bytes += object.bytes;
      to = next;
    }
    if (to > from) spans.push({ partition, from, to });
  }
  return spans;
}

/** What happens next: finishing an interrupted run, or a new one; null if every object is covered. @throws FaultError */
export async function nextPlan(
  runs: Runs,
  logs: readonly LakeLog[],
  { topic, contracts }: Pick<RunPlan, 'topic' | 'contracts'>,
): Promise<{ plan: RunPlan; isNew: boolean } | null> {
  const last = await runs.last();
  if (last !== null && !last.isDone) {
    runs.requireSame(last.plan, contracts);
    return { plan: last.plan, isNew: false };
  }
  const before = last?.plan.positions ?? {};
  const spans = nextSpans(logs, before);
  if (spans.length === 0) return null;
  const positions = { ...before, ...Object.fromEntries(spans.map(({ partition, to }) => [partition, to])) };
  const run = (last?.plan.run ?? 0) + 1;
  const untilMs = Date.now() + AHEAD_MS;
  return { plan: { run, topic, contracts, build: serviceVersion(), spans, positions, untilMs }, isNew: true };
}

/**
 * Writes the files of a planned run, then its manifest. Running it again writes the same.
 *
 * @throws FaultError, OperationError; the run is then unfinished
 */
export async function finishRun(
  { lake, leftOut }: LakeAccess,
  runs: Runs,
  { plan, logs, validator }: { plan: RunPlan; logs: readonly LakeLog[]; validator: EventValidator },
  { settled }: Pick<RunOptions, 'settled'>,
): Promise<RunManifest> {
  const access = { lake, leftOut: leftOut && new LeftOut() };
  const counts = { rows: 0, deadLetters: 0, tombstones: 0 };
  const files: RunManifest['files'] = [];
  const parquet = await ParquetFiles.create(plan.topic, COLUMNS);
  try {
    for (const { partition, from, to } of plan.spans) {
      const log = logs.find((each) => each.partition === partition);
      if (log === undefined) throw new Error(`the lake has no partition ${partition}`);
      for (let position = from; position < to;) {
        const fetched = await fetchAt(access, log, { from: position, to });
        for (let index = 0; index < fetched.length; index += 1) {
          const message = fetched.at(index);
          const result = message.oversize ? null : validator.validate(message.value);
          if (result?.kind === 'tombstone') counts.tombstones += 1;
          else if (result?.kind !== 'accept' || (message.key?.length ?? 0) > MAX_KEY_BYTES)
            counts.deadLetters += 1;
          else {
            counts.rows += 1;
            parquet.add(eventLine(message, result, COLUMNS, plan.untilMs));
          }
        }
        settled(fetched.nextOffset - position);
        position = fetched.nextOffset;
      }
    }
    for await (const { eventType, day, rows, content } of parquet.written()) {
      const key = runs.fileKey(plan.run, eventType, day);
      await runs.putFile(key, content);
      files.push({ key, eventType, day, rows, bytes: content.length });
    }
  } finally {
    await parquet.close();
  }
  for (const range of access.leftOut?.ranges ?? []) leftOut?.add(range);
  const manifest = { ...plan, ...counts, files, leftOut: access.leftOut?.ranges ?? [] };
  await runs.finish(manifest);
  return manifest;
}
