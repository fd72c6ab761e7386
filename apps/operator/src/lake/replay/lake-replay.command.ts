import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { Interruption } from '../../commands/interruption.js';
import { command, JSON_OPTION, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { OperatorContext } from '../../context.js';
import { OperationError, ReportedFailure } from '../../failures.js';
import { ProgressBar } from '../../output/progress-bar.js';
import { table } from '../../output/table.js';
import { Terminal } from '../../output/terminal.js';
import { parseInteger } from '../../parse.js';
import { withLake } from '../open-lake.js';
import { lakeLogs, type LakeLog } from './lake-source.js';
import { replay, type Replayed } from './replay.js';

interface ReplayOptions {
  partition?: number;
  rate?: number;
  yes?: true;
  json?: true;
}

const EXAMPLES = ['lake replay', 'lake replay --yes', 'lake replay --partition 3 --rate 5000 --yes'];

/** What a partition has and where the warehouse is. */
interface Plan {
  log: LakeLog;
  /** Null if the warehouse has no checkpoint. */
  checkpoint: number | null;
}

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
      "store the lake's records in the warehouse from its checkpoints on, exactly once, as the service does. Without --yes, only report what would be read",
      EXAMPLES,
    )
      .option('--partition <number>', 'only this partition', (text) => parseInteger('--partition', text, 0))
      .option('--rate <number>', 'at most this many records per second', (text) =>
        parseInteger('--rate', text, 1),
      )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: ReplayOptions) => this.run(options));
  }

  async run({ partition, rate, yes, json }: ReplayOptions): Promise<void> {
    const { lake: settings, kafka, batch } = this.connections.settings;
    const { topicName } = kafka;
    await withLake(settings, async (lake) => {
      const logs = await lakeLogs(lake, topicName, partition);
      if (logs.length === 0)
        throw new OperationError(`The lake in ${lake.store.location} has no objects of ${topicName} there.`);
      if (yes !== true) {
        this.#printPlan(await this.#plan(logs), json);
        return;
      }
      const repository = await this.connections.repository();
      const interruption = new Interruption(this.context.signals);
      const bar = new ProgressBar(
        logs.reduce((sum, { low, end }) => sum + end - low, 0),
        this.terminal.stderr,
      );
      let done = 0;
      try {
        const replayed = await replay({ lake, logs, repository }, batch, {
          rate: rate ?? Infinity,
          stop: interruption.signal,
          settled: (records) => {
            bar.show((done += records));
          },
        });
        bar.clear();
        this.#print(replayed, json);
      } finally {
        bar.clear();
        interruption.stopListening();
      }
    });
  }

  async #plan(logs: readonly LakeLog[]): Promise<Plan[]> {
    const { topicName, groupId } = this.connections.settings.kafka;
    const checkpoints = await (await this.connections.checkpoints()).read(groupId, topicName);
    return logs.map((log) => {
      const found = checkpoints.find(({ partition }) => partition === log.partition);
      return { log, checkpoint: found?.nextOffset ?? null };
    });
  }

  #printPlan(plans: readonly Plan[], json: true | undefined): void {
    if (json === true) {
      const partitions = plans.map(({ log: { partition, low, end }, checkpoint }) => ({
        ...{ partition, low, end, checkpoint },
      }));
      this.terminal.json({ partitions });
      return;
    }
    const columns = ['partition', 'lake from', 'to', 'checkpoint', 'offsets to read'].map((title) => ({
      title,
      align: 'right' as const,
    }));
    const rows = plans.map((plan) => [
      String(plan.log.partition),
      String(plan.log.low),
      String(plan.log.end),
      plan.checkpoint === null ? 'none' : String(plan.checkpoint),
      offsetsOf(plan).toLocaleString('en'),
    ]);
    for (const line of table(columns, rows)) this.terminal.line(line);
    this.terminal.note('Nothing was changed: --yes replays.');
  }

  #print({ stored, deadLettered, partitions }: Replayed, json: true | undefined): void {
    const unfinished = partitions.filter(({ next, end }) => next < end);
    if (json === true) this.terminal.json({ stored, deadLettered, partitions });
    else {
      this.terminal.line(
        `Replayed: ${stored.toLocaleString('en')} events stored, ${deadLettered.toLocaleString('en')} dead letters in the table.`,
      );
      for (const { partition, next, end } of unfinished)
        this.terminal.line(
          `Partition ${partition} is at ${next} of ${end}: run the command again to continue.`,
        );
    }
    if (unfinished.length > 0) throw new ReportedFailure();
  }
}

function offsetsOf({ log: { low, end }, checkpoint }: Plan): number {
  return Math.max(0, end - Math.max(low, checkpoint ?? low));
}
