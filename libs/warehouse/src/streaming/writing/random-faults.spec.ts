import type { Batch, EventRepository } from '#pipeline';
import { RAW_EVENTS_STREAM, SALES_EVENTS_DLQ } from '#warehouse';
import {
  batch,
  GROUP,
  letter,
  parsed,
  range,
  row,
  StreamingWarehouse,
  TOPIC,
} from '#testing/warehouse-contract';

const PARTITIONS = [0, 1];
const STEPS = Number(process.env['STREAMING_STEPS'] ?? 40);
const SEED = Number(process.env['STREAMING_SEED'] ?? 2026);
const TABLES = [RAW_EVENTS_STREAM.name, SALES_EVENTS_DLQ.name, 'INGESTION_LEDGER'];

/** Deterministic, so that a failing run can be repeated. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Whether a message is a dead letter. A later version of the service may have other rules. */
const isLetter = (offset: number, version: number): boolean => (offset * 7 + version) % 5 === 0;

function batchAt(positions: readonly number[], sizes: readonly number[], version: number): Batch {
  const all = PARTITIONS.map((partition, index) => {
    const from = positions[index] ?? 0;
    const offsets = Array.from({ length: sizes[index] ?? 0 }, (_, each) => from + each);
    return { partition, from, to: from + offsets.length, offsets };
  }).filter(({ offsets }) => offsets.length > 0);
  const rows = all.flatMap(({ partition, offsets }) =>
    offsets.filter((offset) => !isLetter(offset, version)).map((offset) => row(offset, { partition })),
  );
  const deadLetters = all.flatMap(({ partition, offsets }) =>
    offsets
      .filter((offset) => isLetter(offset, version))
      .map((offset) => {
        const failed = letter(offset);
        return { ...failed, message: { ...failed.message, partition } };
      }),
  );
  const ranges = all.map(({ partition, from, to, offsets }) =>
    range(from, to, {
      partition,
      deadLettered: offsets.filter((offset) => isLetter(offset, version)).length,
    }),
  );
  return batch({ rows, deadLetters, ranges });
}

it('random faults, restarts and changes of the rules leave every message in one table, once', async () => {
  const below = random(SEED);
  const warehouse = await StreamingWarehouse.startStreaming();
  const { endpoint } = warehouse;
  let version = 0;
  let repository: EventRepository | null = null;
  const opened: EventRepository[] = [];
  let positions = PARTITIONS.map(() => 0);

  /** As the pipeline starts after a rebalance or in a new process. */
  const claim = async () => {
    if (repository === null || below(2) === 0) {
      const next = warehouse.repository(GROUP, { requestTimeoutMs: 400 });
      opened.push(next);
      // The old process may be left behind alive.
      if (below(2) === 0) await repository?.close();
      while ((await next.open()).length > 0);
      repository = next;
      if (below(3) === 0) version += 1;
    }
    const owner = repository;
    for (;;) {
      try {
        const claimed = await owner.claim(
          PARTITIONS.map((partition) => ({ topic: TOPIC, partition, startOffset: 0 })),
        );
        positions = claimed.map(({ nextOffset }) => nextOffset);
        return owner;
      } catch {
        // Tried again, as the pipeline does.
      }
    }
  };

  const disturb = () => {
    const table = TABLES[below(TABLES.length)] ?? '';
    const point = below(2) === 0 ? 'before' : 'after';
    switch (below(8)) {
      case 0:
        endpoint.addFault({ on: `append-rows ${table}`, kind: 'reset', point, times: 1 + below(5) });
        break;
      case 1:
        endpoint.addFault({
          on: `append-rows ${table}`,
          kind: 'http',
          status: 503,
          point,
          times: 1 + below(5),
        });
        break;
      case 2:
        endpoint.addFault({ on: `append-rows ${table}`, kind: 'half-response' });
        break;
      case 3:
        endpoint.addFault({ on: `channel-status ${table}`, kind: 'reset', point });
        break;
      case 4:
        endpoint.addFault({ on: `open-channel ${table}`, kind: 'reset', point });
        break;
      case 5:
        endpoint.streaming.invalidate();
        break;
      case 6:
        endpoint.streaming.commitDelayMs = [Infinity, 0, 30][below(3)] ?? 5;
        break;
      default:
        endpoint.expireStreamingTokens();
    }
  };

  let owner = await claim();
  for (let step = 0; step < STEPS; step++) {
    if (below(2) === 0) disturb();
    let written = batchAt(positions, [1 + below(6), below(6)], version);
    // Appended ahead, and perhaps written with other batches.
    const next = batchAt(
      positions.map(
        (position, index) => written.ranges.find(({ partition }) => partition === index)?.to ?? position,
      ),
      [1 + below(6), below(6)],
      version,
    );
    for (let tries = 1; ; tries++) {
      const writing = owner.write(written);
      if (below(2) === 0) owner.prepare?.(next);
      const result = await writing;
      if (result.kind === 'stored') {
        for (const { partition, to } of written.ranges) positions[partition] = to;
        break;
      }
      if (result.kind === 'rejected') {
        const letters = result.rows.flatMap(({ index }) => {
          const rejected = written.rows[index];
          if (rejected === undefined) return [];
          const failed = letter(rejected.message.offset, { errorType: 'warehouse_rejected' });
          return [{ ...failed, message: { ...failed.message, partition: rejected.message.partition } }];
        });
        written = moved(written, new Set(result.rows.map(({ index }) => index)), letters, new Set());
        continue;
      }
      if (result.kind === 'already-stored') {
        written = moved(written, new Set(), [], new Set(result.letters));
        continue;
      }
      if (endpoint.streaming.commitDelayMs === Infinity) endpoint.streaming.commitDelayMs = 5;
      if (result.kind === 'stale' || tries % 3 === 0 || below(4) === 0) {
        owner = await claim();
        break;
      }
    }
  }
  endpoint.streaming.commitDelayMs = 5;

  const checkpoints = warehouse.checkpoints();
  expect(await checkpoints.open()).toEqual([]);
  const ledger = await checkpoints.read(GROUP, TOPIC);
  await checkpoints.close();
  for (const { partition, nextOffset, stored, deadLettered } of ledger) {
    const [rows, letters] = await Promise.all(
      [RAW_EVENTS_STREAM, SALES_EVENTS_DLQ].map(async (table) =>
        (await warehouse.rows(table))
          .map((each) => parsed(each['EVENT_METADATA']) as { partition: number; offset: number })
          .filter((place) => place.partition === partition && place.offset < nextOffset)
          .map(({ offset }) => offset),
      ),
    );
    const found = [...(rows ?? []), ...(letters ?? [])].sort((one, other) => one - other);
    expect(found).toEqual(Array.from({ length: nextOffset }, (_, offset) => offset));
    expect({ stored, deadLettered }).toEqual({ stored: rows?.length, deadLettered: letters?.length });
  }
  expect(ledger.map(({ nextOffset }) => nextOffset > 0)).toEqual([true, true]);
  await Promise.all(opened.map((each) => each.close()));
  await warehouse.close();
});

function moved(
  { rows, deadLetters, ranges }: Batch,
  rejected: ReadonlySet<number>,
  letters: Batch['deadLetters'],
  known: ReadonlySet<number>,
): Batch {
  const left = rows.filter((_, index) => !rejected.has(index));
  const own = [...deadLetters.filter((_, index) => !known.has(index)), ...letters];
  return batch({
    rows: left,
    deadLetters: own,
    ranges: ranges.map((each) => {
      const deadLettered = own.filter(({ message }) => message.partition === each.partition).length;
      return { ...each, deadLettered, stored: each.to - each.from - deadLettered };
    }),
  });
}
