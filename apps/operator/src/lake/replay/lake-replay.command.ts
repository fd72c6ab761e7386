import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { EventValidator } from '#events';
import type { Lake } from '#lake';
import { MessageValidator } from '#pipeline';
import { Interruption } from '../../commands/interruption.js';
import { command, JSON_OPTION, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { OperatorContext } from '../../context.js';
import { OperationError, ReportedFailure } from '../../failures.js';
import { ProgressBar } from '../../output/progress-bar.js';
import { Terminal } from '../../output/terminal.js';
import { parseInteger, parseTime } from '../../parse.js';
import { withLake } from '../open-lake.js';
import { lakeLogs } from './lake-log.js';
import { Pace } from './pace.js';
import { offsetsToRead, planReplay, type PartitionPlan } from './replay-plan.js';
import { replay, type Replayed } from './replay.js';
import { outcomeJson, planJson, printOutcome, printPlan, unfinished, type Outcome } from './report.js';
import { restoreRows, type RunOptions } from './restore.js';
import {
  checkSelection,
  isSelected,
  namesOffsets,
  parseOffsetSpans,
  parsePartitions,
  spansOf,
  type LakeSpan,
  type Selection,
} from './span.js';

interface ReplayOptions {
  partitions?: number[];
  offsets?: Selection['offsets'];
  since?: number;
  until?: number;
  rate?: number;
  yes?: true;
  json?: true;
}

const EXAMPLES = [
  'lake replay',
  'lake replay --yes',
  'lake replay --partitions 0-2,5 --rate 5000 --yes',
  'lake replay --offsets 3:104200-104999 --yes',
  'lake replay --since 2026-01-30T18:00:00Z --until 2026-01-31 --yes',
];

@Injectable()
export class LakeReplayCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly context: OperatorContext,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'replay',
      "store the lake's records in the warehouse, exactly once, as the service does: from its checkpoints on, and of a span also what the tables have lost below them. Without --yes, only report what would be read",
      EXAMPLES,
    )
      .option('--partition, --partitions <list>', 'only these partitions: 3, 0-2 or 0-2,5', (text) =>
        parsePartitions('--partitions', text),
      )
      .option(
        '--offsets <ranges>',
        'a span: 1000-1999 or 1000- in each partition, or 3:1000-1999,5:0- in these',
        (text) => parseOffsetSpans('--offsets', text),
      )
      .option(
        '--since <time>',
        'a span from the first record of this time or later: 2026-01-31, 2026-01-31T18:00:00Z, or an age: 90m, 2h, 3d',
        (text) => parseTime('--since', text),
      )
      .option('--until <time>', 'a span up to the first record of this time or later', (text) =>
        parseTime('--until', text),
      )
      .option('--rate <number>', 'at most this many records per second', (text) =>
        parseInteger('--rate', text, 1),
      )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: ReplayOptions) => this.run(options));
  }

  async run({ partitions, offsets, since, until, rate = Infinity, yes, json }: ReplayOptions): Promise<void> {
    const selection: Selection = {
      ...(partitions && { partitions }),
      ...(offsets && { offsets }),
      ...(since !== undefined && { sinceMs: since }),
      ...(until !== undefined && { untilMs: until }),
    };
    checkSelection(selection);
    await withLake(this.connections.settings.lake, async (lake) => {
      const plans = await this.#plan(lake, selection, yes === true);
      if (yes !== true) {
        if (json === true) this.terminal.json(planJson(plans));
        else {
          printPlan(plans, namesOffsets(selection), this.terminal);
          this.terminal.note('Nothing was changed: --yes replays.');
        }
        return;
      }
      const outcome = await this.#apply(lake, plans, rate);
      if (json === true) this.terminal.json(outcomeJson(outcome));
      else printOutcome(outcome, this.terminal);
      if (unfinished(outcome).length > 0) throw new ReportedFailure();
    });
  }

  async #plan(lake: Lake, selection: Selection, mayWrite: boolean): Promise<PartitionPlan[]> {
    const { topicName, groupId } = this.connections.settings.kafka;
    const logs = await lakeLogs(lake, topicName, (partition) => isSelected(selection, partition));
    const spans = await spansOf(lake, logs, selection);
    if (spans.length === 0)
      throw new OperationError(`The lake in ${lake.store.location} has no objects of ${topicName} there.`);
    if (mayWrite) await this.connections.createFile();
    const store = await this.connections.checkpoints();
    const checkpoints = await store.read(groupId, topicName);
    // Only one connection can have a DuckDB file open.
    await store.close();
    return planReplay(spans, checkpoints, namesOffsets(selection));
  }

  async #apply(lake: Lake, plans: readonly PartitionPlan[], rate: number): Promise<Outcome> {
    const interruption = new Interruption(this.context.signals);
    const bar = new ProgressBar(offsetsToRead(plans), this.terminal.stderr);
    const stop = interruption.signal;
    let done = 0;
    const options: RunOptions = {
      stop,
      pace: new Pace(rate, stop),
      settled: (offsets) => {
        bar.show((done += offsets));
      },
      delayed: (text) => {
        bar.clear();
        this.terminal.note(`${text}. Trying again.`);
      },
    };
    try {
      const restored = await this.#restore(lake, plans, options);
      const loads = plans.flatMap(({ load }) => load ?? []);
      const isDone = loads.length === 0 && restored !== null;
      return { restored, replayed: isDone ? null : await this.#load(lake, loads, options) };
    } finally {
      bar.clear();
      interruption.stopListening();
    }
  }

  async #restore(
    lake: Lake,
    plans: readonly PartitionPlan[],
    options: RunOptions,
  ): Promise<Outcome['restored']> {
    const spans = plans.flatMap(({ restore }) => restore ?? []);
    if (spans.length === 0) return null;
    const { kafka, batch: limits } = this.connections.settings;
    const ledger = await this.connections.ledger();
    const handled = new Map<number, ReadonlySet<number>>();
    for (const { log } of spans)
      handled.set(log.partition, new Set(await ledger.deletedLetters(kafka.topicName, log.partition)));
    await ledger.close();
    const restorer = await this.connections.restorer();
    try {
      const work = { lake, validator: this.#validator(), restorer, handled, limits };
      return await restoreRows(work, spans, options);
    } finally {
      await restorer.close();
    }
  }

  /** Begins nothing after a signal. */
  async #load(lake: Lake, spans: readonly LakeSpan[], options: RunOptions): Promise<Replayed> {
    if (spans.length === 0 || options.stop.aborted) return notLoaded(spans);
    const repository = await this.connections.repository();
    const { batch: limits } = this.connections.settings;
    return replay({ lake, validator: this.#validator(), repository, limits }, spans, options);
  }

  #validator(): MessageValidator {
    const { eventMaxBytes, eventMaxValues, unknownEventTypes } = this.connections.settings.batch;
    return new MessageValidator(
      new EventValidator({
        maxBytes: eventMaxBytes,
        maxValues: eventMaxValues,
        unknownTypes: unknownEventTypes,
      }),
    );
  }
}

function notLoaded(spans: readonly LakeSpan[]): Replayed {
  const partitions = spans.map(({ log: { partition }, from, to }) => ({ partition, next: from, end: to }));
  return { stored: 0, deadLettered: 0, partitions };
}
