import { once } from 'node:events';
import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { faultText, MessageValidator, type Coordinates } from '#pipeline';
import {
  chunkLetters,
  DEFAULT_MAX_ATTEMPTS,
  DEFAULT_RATE,
  planJson,
  RedrivePlanner,
  sendLetters,
  type Candidate,
  type Plan,
  type RedriveReport,
} from '#redrive';
import type { DeadLetterStore } from '#warehouse';
import { Interruption } from '../../commands/interruption.js';
import { command, OperatorCommand } from '../../commands/operator-command.js';
import { Connections } from '../../connections.js';
import { OperatorContext } from '../../context.js';
import { eventValidator } from '../../event-validator.js';
import { OperationError } from '../../failures.js';
import { ProgressBar } from '../../output/progress-bar.js';
import { Terminal } from '../../output/terminal.js';
import { actorOf } from '../actor.js';
import { TableDeadLetters, type DeadLetterSource } from '../dead-letter-source.js';
import { NONE_CHOSEN } from '../letters.js';
import { SettledTopic } from '../topic/settled-topic.js';
import { addRedriveOptions, checkSelection, type RedriveOptions } from './redrive-options.js';
import { planText, reportJson, reportText } from './redrive-report.js';
import { editedLetter, lettersOfFile, matchingLetters, type Selection } from './selection.js';
import { TextEditor } from './text-editor.js';

const EXAMPLES = [
  'dead-letters redrive --field customer_id --set customer_id=5 --dry-run',
  'dead-letters redrive --field customer_id --set customer_id=5 --rate 100',
  'dead-letters redrive sales_events-3@1042',
  'dead-letters redrive --edit sales_events-3@1042',
  'dead-letters redrive --from-file edited.ndjson --dry-run',
  'dead-letters redrive --rescued --dry-run',
];

@Injectable()
export class RedriveCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly context: OperatorContext,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addRedriveOptions(
      command(
        'redrive',
        'send dead letters back to their source topic, unchanged or repaired; each is stored once',
        EXAMPLES,
      ),
    ).action((ids: Coordinates[], options: RedriveOptions) => this.run(ids, options));
  }

  async run(ids: readonly Coordinates[], options: RedriveOptions): Promise<void> {
    checkSelection(ids, options);
    if (options.edit !== undefined) this.#expectTerminal();
    const store = await this.#store(options);
    const source = await this.#source(options, store);
    const planner = this.#planner(options);
    const selection = await this.#select(ids, options, { source, store, planner });
    const isDryRun = options.dryRun === true;
    const trial: object[] | null = isDryRun ? [] : null;
    const interruption = new Interruption(this.context.signals);
    const { signal } = interruption;
    const report = await this.#send(selection, options, { store, planner, signal, trial }).finally(() => {
      interruption.stopListening();
    });
    for (const remark of source.remarks()) this.terminal.note(remark);
    if (options.json) this.terminal.json(reportJson(report, selection.total, trial));
    else if (selection.total === 0) this.terminal.line(options.edit ? NOTHING_CHANGED : NONE_CHOSEN);
    else for (const line of reportText(report, isDryRun)) this.terminal.line(line);
    if (report.fault !== null) throw new OperationError(`${faultText(report.fault)}\n${goOn(options)}`);
    if (signal.aborted && report.chosen < selection.total) {
      throw new OperationError(`Stopped by a signal. ${goOn(options)}`);
    }
  }

  #select(ids: readonly Coordinates[], options: RedriveOptions, work: Work): Promise<Selection> {
    const { source, store, planner } = work;
    const { fromFile, edit } = options;
    if (fromFile !== undefined) return lettersOfFile(fromFile, store, options, planner);
    if (edit === undefined) return matchingLetters(source, ids, options, planner);
    const editor = new TextEditor(this.context.env, this.context.signals);
    return editedLetter(edit, store, options, planner, editor);
  }

  async #send(
    selection: Selection,
    options: RedriveOptions,
    { store, planner, signal, trial }: Trial,
  ): Promise<RedriveReport> {
    const rate = options.rate ?? DEFAULT_RATE;
    const bar = new ProgressBar(selection.total, this.terminal.stderr);
    const lines: string[] = [];
    const onPlanned = (candidate: Candidate, plan: Plan) => {
      if (trial === null) return;
      if (options.json) trial.push(planJson(candidate, plan));
      else lines.push(...planText(candidate, plan, this.terminal), '');
    };
    try {
      return await sendLetters(selection.candidates(chunkLetters(rate)), {
        store,
        by: actorOf(options, this.connections.settings.deadLetter),
        planner,
        publisher: trial === null ? this.connections.redrivePublisher() : null,
        rate,
        signal,
        onPlanned,
        onProgress: async (done) => {
          bar.clear();
          await this.#print(lines.splice(0));
          bar.show(done);
        },
      });
    } finally {
      bar.clear();
    }
  }

  /** Waits for a slow reader: a dry run of many letters prints more than memory should hold. */
  async #print(lines: readonly string[]): Promise<void> {
    if (lines.length === 0) return;
    if (!this.terminal.stdout.write(`${lines.join('\n')}\n`)) await once(this.terminal.stdout, 'drain');
  }

  #expectTerminal(): void {
    const { stdin, stdout } = this.context;
    if (stdin?.isTTY === true && stdout.isTTY === true) return;
    throw new OperationError(
      '--edit needs a terminal for the editor. Without one, use export, edit the file, and send it with --from-file.',
    );
  }

  /** Needed even with --from topic: without the table a second run could store a message twice. */
  async #store({ from }: RedriveOptions): Promise<DeadLetterStore> {
    try {
      return await this.connections.deadLetters();
    } catch (error) {
      if (from === 'topic') this.terminal.note(NEEDS_TABLE);
      throw error;
    }
  }

  async #source({ from }: RedriveOptions, store: DeadLetterStore): Promise<DeadLetterSource> {
    if (from !== 'topic') return new TableDeadLetters(store);
    return new SettledTopic(await this.connections.deadLetterTopic(), store);
  }

  #planner({ status, set = [], maxAttempts = DEFAULT_MAX_ATTEMPTS, force }: RedriveOptions): RedrivePlanner {
    const validator = new MessageValidator(eventValidator(this.connections.settings.batch));
    const statuses = Array.isArray(status) ? status : [];
    const options = { statuses, patches: set, maxAttempts, force: force === true };
    return new RedrivePlanner(validator, options);
  }
}

interface Work {
  source: DeadLetterSource;
  store: DeadLetterStore;
  planner: RedrivePlanner;
}

interface Trial extends Omit<Work, 'source'> {
  signal: AbortSignal;
  /** Collects what would happen to each letter; null if letters are sent. */
  trial: object[] | null;
}

const NOTHING_CHANGED = 'Nothing changed, so nothing was sent.';

const NEEDS_TABLE = `Nothing was sent: redrive needs the dead-letter table, even with --from topic. The table records which letters
were sent, and the id under which each is stored only once. To inspect or copy dead letters without a warehouse, use
list, show or export with --from topic.`;

function goOn({ edit }: RedriveOptions): string {
  return edit === undefined
    ? 'Run the same command again to continue.'
    : 'The event is not recorded as sent. Run the command again; it is stored once.';
}
