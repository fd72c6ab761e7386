import { Injectable } from '@nestjs/common';
import { MessageValidator } from '#pipeline';
import { Connections } from '../../connections.js';
import { eventValidator } from '../../event-validator.js';
import { ReportedFailure } from '../../failures.js';
import { Terminal } from '../../output/terminal.js';
import type { LakeAccess } from './lake-log.js';
import { leftOutText } from './left-out.js';
import { LossCounting } from './loss-counting.js';
import { offsetsToRead, planReplay, type PartitionPlan } from './replay-plan.js';
import { ReplayRun, type RunOptions } from './replay-run.js';
import { replay, type Replayed } from './replay.js';
import { outcomeJson, planJson, printOutcome, printPlan, unfinished, type Outcome } from './report.js';
import { restoreRows, type Restored } from './restore.js';
import type { LakeSpan } from './span.js';

export interface ReplayRequest {
  spans: readonly LakeSpan[];
  /** Whether the spans were named, so that what is below the checkpoints is meant as well. */
  isNamed: boolean;
  /** Records per second. */
  rate: number;
  yes: boolean;
  json: boolean;
}

/** Stores records of the lake in the warehouse. */
@Injectable()
export class WarehouseReplay {
  constructor(
    private readonly connections: Connections,
    private readonly replayRun: ReplayRun,
    private readonly terminal: Terminal,
  ) {}

  async run(access: LakeAccess, request: ReplayRequest): Promise<void> {
    const { rate, isNamed, json } = request;
    const plans = await this.#plan(request);
    if (!request.yes) {
      if (json) this.terminal.json(planJson(plans));
      else {
        printPlan(plans, isNamed, this.terminal);
        this.terminal.note('Nothing was changed: --yes replays.');
      }
      return;
    }
    const outcome = await this.replayRun.during(offsetsToRead(plans), rate, (options) =>
      this.#apply(access, plans, options),
    );
    const leftOut = access.leftOut?.ranges ?? [];
    if (json) this.terminal.json({ ...outcomeJson(outcome), leftOut });
    else {
      for (const range of leftOut) this.terminal.line(leftOutText(range));
      printOutcome(outcome, this.terminal);
    }
    if (unfinished(outcome).length > 0) throw new ReportedFailure();
  }

  async #plan({ spans, isNamed, yes }: ReplayRequest): Promise<PartitionPlan[]> {
    const { topicName, groupId } = this.connections.settings.kafka;
    if (yes) await this.connections.createFile();
    const store = await this.connections.checkpoints();
    const checkpoints = await store.read(groupId, topicName);
    // Only one connection can have a DuckDB file open.
    await store.close();
    return planReplay(spans, checkpoints, isNamed);
  }

  async #apply(access: LakeAccess, plans: readonly PartitionPlan[], options: RunOptions): Promise<Outcome> {
    const restores = plans.flatMap(({ restore }) => restore ?? []);
    const loads = plans.flatMap(({ load }) => load ?? []);
    const restored = restores.length === 0 ? null : await this.#restore(access, restores, options);
    const isDone = loads.length === 0 && restored !== null;
    return { restored, replayed: isDone ? null : await this.#load(access, loads, options) };
  }

  async #restore(access: LakeAccess, spans: readonly LakeSpan[], options: RunOptions): Promise<Restored> {
    const { kafka, batch: limits } = this.connections.settings;
    const ledger = await this.connections.ledger();
    const handled = new Map<number, ReadonlySet<number>>();
    for (const { log } of spans)
      handled.set(log.partition, new Set(await ledger.deletedLetters(kafka.topicName, log.partition)));
    await ledger.close();
    const restorer = await this.connections.restorer();
    try {
      const work = { access, validator: this.#validator(), restorer, handled, limits };
      return await restoreRows(work, spans, options);
    } finally {
      await restorer.close();
    }
  }

  /** Begins nothing after a signal. */
  async #load(access: LakeAccess, spans: readonly LakeSpan[], options: RunOptions): Promise<Replayed> {
    if (spans.length === 0 || options.isStopped()) return notLoaded(spans);
    const opened = await this.connections.repository();
    const repository = access.leftOut === null ? opened : new LossCounting(opened, access.leftOut);
    const { batch: limits } = this.connections.settings;
    return replay({ access, validator: this.#validator(), repository, limits }, spans, options);
  }

  #validator(): MessageValidator {
    return new MessageValidator(eventValidator(this.connections.settings.batch));
  }
}

function notLoaded(spans: readonly LakeSpan[]): Replayed {
  const partitions = spans.map(({ log: { partition }, from, to }) => ({ partition, next: from, end: to }));
  return { stored: 0, deadLettered: 0, partitions };
}
