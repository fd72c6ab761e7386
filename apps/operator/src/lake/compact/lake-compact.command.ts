import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { Lake, storeFromSettings } from '#lake';
import { count } from '#terminal';
import { command, JSON_OPTION, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { eventValidator } from '../../event-validator.js';
import { OperationError, ReportedFailure } from '../../failures.js';
import { Terminal } from '../../output/terminal.js';
import { withLake } from '../open-lake.js';
import { lakeLogs, type LakeAccess } from '../replay/lake-log.js';
import { LeftOut, leftOutText } from '../replay/left-out.js';
import { ReplayRun } from '../replay/replay-run.js';
import { contractsId, finishRun, nextPlan } from './compaction.js';
import { Runs, type RunManifest, type RunSpan } from './runs.js';

interface CompactOptions {
  to?: string;
  skipUnreadable?: true;
  yes?: true;
  json?: true;
}

const EXAMPLES = ['lake compact', 'lake compact --yes', 'lake compact --to /var/lib/analysts --yes --json'];

const ALL_DONE = 'Every object is compacted.';

@Injectable()
export class LakeCompactCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly replayRun: ReplayRun,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'compact',
      'write the events of new objects as typed Parquet, by event type and day, for analysts. Without --yes, only report what would be read',
      EXAMPLES,
    )
      .option('--to <location>', 'a folder or s3://bucket/prefix for the files (default: LAKE_LOCATION)')
      .option(
        '--skip-unreadable',
        'go on past objects that are missing and lines that cannot be read, and report what was left out',
      )
      .option('--yes', 'apply the change')
      .option(...JSON_OPTION)
      .action((options: CompactOptions) => this.run(options));
  }

  async run({ to, ...options }: CompactOptions): Promise<void> {
    const { lake: settings } = this.connections.recordsPart;
    await withLake(settings, async (lake) => {
      const target = to === undefined ? lake : new Lake(storeFromSettings(settings, to));
      try {
        await this.#compact(lake, target, options);
      } finally {
        if (target !== lake) await target.store.close();
      }
    });
  }

  async #compact(lake: Lake, target: Lake, { skipUnreadable, yes, json }: CompactOptions): Promise<void> {
    const { kafka, batch } = this.connections.recordsPart;
    const { topicName: topic } = kafka;
    const access: LakeAccess = { lake, leftOut: skipUnreadable === true ? new LeftOut() : null };
    const logs = await lakeLogs(access, topic, () => true);
    if (logs.length === 0)
      throw new OperationError(`The lake in ${lake.store.location} has no objects of ${topic}.`);
    const runs = new Runs(target.store, topic);
    const identity = { topic, contracts: contractsId(batch) };
    if (yes !== true) {
      const next = await nextPlan(runs, logs, identity);
      const spans = next?.plan.spans ?? [];
      if (json === true) this.terminal.json({ topic, next: spans, isUnfinished: next?.isNew === false });
      else this.#printPlan(spans);
      return;
    }
    const faults = await target.store.check();
    if (faults.length > 0) throw OperationError.of(faults);
    const validator = eventValidator(batch);
    const total = logs.reduce((sum, { low, end }) => sum + end - low, 0);
    const { done, isStopped } = await this.replayRun.during(total, Infinity, async (options) => {
      const done: RunManifest[] = [];
      while (!options.isStopped()) {
        const next = await nextPlan(runs, logs, identity);
        if (next === null) return { done, isStopped: false };
        if (next.isNew && !(await runs.plan(next.plan))) continue;
        done.push(await finishRun(access, runs, { plan: next.plan, logs, validator }, options));
      }
      return { done, isStopped: true };
    });
    this.#print(topic, target, { done, access, json });
    if (isStopped) throw new ReportedFailure();
  }

  #printPlan(spans: readonly RunSpan[]): void {
    for (const { partition, from, to } of spans)
      this.terminal.line(`Partition ${partition}: ${from} to ${to - 1}`);
    this.terminal.line(spans.length === 0 ? ALL_DONE : 'These offsets are the next run.');
    this.terminal.note('Nothing was changed: --yes compacts.');
  }

  #print(
    topic: string,
    target: Lake,
    { done, access, json }: { done: readonly RunManifest[]; access: LakeAccess; json: true | undefined },
  ): void {
    const leftOut = access.leftOut?.ranges ?? [];
    if (json === true) {
      this.terminal.json({ topic, location: target.store.location, runs: done, leftOut });
      return;
    }
    for (const range of leftOut) this.terminal.line(leftOutText(range));
    for (const { run, rows, deadLetters, tombstones, files } of done)
      this.terminal.line(
        `Run ${run}: ${count(rows)} events in ${count(files.length)} files; not in them: ${count(deadLetters)} dead letters, ${count(tombstones)} tombstones.`,
      );
    if (done.length === 0) this.terminal.line(ALL_DONE);
  }
}
