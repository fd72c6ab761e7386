import { Injectable } from '@nestjs/common';
import { count } from '#terminal';
import { Connections } from '../../connections.js';
import { ReportedFailure } from '../../failures.js';
import { Terminal } from '../../output/terminal.js';
import type { LakeAccess } from '../replay/lake-log.js';
import { leftOutText } from '../replay/left-out.js';
import { ReplayRun } from '../replay/replay-run.js';
import type { ReplayRequest } from '../replay/warehouse-replay.js';
import { copiedUpTo, groupOf } from './partition-copy.js';
import { republish } from './republish.js';
import { checkTarget } from './target-topic.js';

/** Writes records of the lake to a topic. */
@Injectable()
export class TopicReplay {
  constructor(
    private readonly connections: Connections,
    private readonly replayRun: ReplayRun,
    private readonly terminal: Terminal,
  ) {}

  async run(
    access: LakeAccess,
    target: string,
    { rate, yes, json, ...request }: ReplayRequest,
  ): Promise<void> {
    const { kafka: settings, deadLetter } = this.connections.recordsPart;
    const kafka = this.connections.kafka();
    const spans = request.spans.filter(({ from, to }) => from < to);
    await checkTarget(kafka, target, request.spans, [settings.topicName, deadLetter.topic]);
    const copied = await copiedUpTo(kafka, target, spans);
    const partitions = spans.map((span, index) => ({
      partition: span.log.partition,
      from: span.from,
      to: span.to,
      next: copied[index] ?? span.from,
      group: groupOf(target, span),
    }));
    if (!yes) {
      if (json) this.terminal.json({ topic: target, partitions });
      else this.#printPlan(partitions);
      return;
    }
    const offsets = spans.reduce((sum, { from, to }) => sum + to - from, 0);
    const result = await this.replayRun.during(offsets, rate, (options) =>
      republish({ access, kafka, target, rate }, spans, options),
    );
    const unfinished = result.partitions.filter(({ next, end }) => next < end);
    const leftOut = access.leftOut?.ranges ?? [];
    if (json) this.terminal.json({ topic: target, ...result, leftOut });
    else {
      for (const range of leftOut) this.terminal.line(leftOutText(range));
      this.terminal.line(`Replayed: ${count(result.sent)} records written to ${target}.`);
      if (result.sent === 0) this.terminal.note(SENT_BEFORE);
      for (const { partition, next, end } of unfinished)
        this.terminal.line(
          `Partition ${partition} is at ${next} of ${end}: run the command again to continue.`,
        );
    }
    if (unfinished.length > 0) throw new ReportedFailure();
  }

  #printPlan(
    partitions: readonly { partition: number; from: number; to: number; next: number; group: string }[],
  ): void {
    const columns = ['partition', 'from', 'to', 'written up to', 'offsets to read'].map((title) => ({
      title,
      align: 'right' as const,
    }));
    const rows = partitions.map(({ partition, from, to, next }) => [
      String(partition),
      String(from),
      String(to),
      next === from ? '' : String(next),
      count(to - next),
    ]);
    this.terminal.table(
      [...columns, { title: 'group' }],
      rows.map((row, index) => [...row, partitions[index]?.group ?? '']),
    );
    this.terminal.note('Nothing was changed: --yes replays.');
  }
}

const SENT_BEFORE =
  'An earlier run of these spans has written everything. To write it again, delete the groups that the command names without --yes.';
