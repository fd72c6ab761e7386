import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { EventValidator } from '#events';
import { coordinatesText, faultText, type Coordinates } from '#pipeline';
import type { DeadLetterStore } from '#warehouse';
import { Connections } from '../connections.js';
import { OperatorContext } from '../context.js';
import { OperationError, UsageError } from '../failures.js';
import { ProgressBar } from '../output/progress-bar.js';
import { Terminal } from '../output/terminal.js';
import { parseInteger, parseRate } from '../parse.js';
import { parsePatch, type FieldPatch } from './field-patch.js';
import { Interruption } from '../commands/interruption.js';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { addFilterOptions, addId, filterOf, narrows, type FilterOptions } from './filter-options.js';
import { TableDeadLetters, type DeadLetterSource } from './dead-letter-source.js';
import { expectAll } from './dead-letter-source.js';
import { NONE_CHOSEN } from './letters.js';
import { LEFT_OUT, RedrivePlanner } from './redrive-plan.js';
import { redrive, type RedriveReport } from './redrive.js';
import { SettledTopic } from './topic/settled-topic.js';

interface RedriveOptions extends FilterOptions {
  dryRun?: true;
  rate?: number;
  set?: FieldPatch[];
  maxAttempts?: number;
  force?: true;
  all?: true;
}

const DEFAULT_RATE = 500;
const DEFAULT_MAX_ATTEMPTS = 3;
/** How many of the left-out ids are listed for each reason. */
const NAMED_IDS = 5;

const EXAMPLES = [
  'dead-letters redrive --field customer_id --set customer_id=5 --dry-run',
  'dead-letters redrive --field customer_id --set customer_id=5 --rate 100',
  'dead-letters redrive sales_events-3@1042',
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
    return addFilterOptions(
      command(
        'redrive',
        'send dead letters back to their source topic, unchanged or with fields replaced; each is stored once',
        EXAMPLES,
      ),
    )
      .argument('[ids...]', 'source coordinates: topic-partition@offset', addId)
      .option('--dry-run', 'send nothing; report what would be sent')
      .option('--rate <number>', `messages per second (default: ${DEFAULT_RATE})`, (text) =>
        parseRate('--rate', text),
      )
      .option(
        '--set <field=value>',
        'set a field of each event to this value (JSON, otherwise text); may be repeated',
        addPatch,
      )
      .option(
        '--max-attempts <number>',
        `leave out letters that have failed this many times (default: ${DEFAULT_MAX_ATTEMPTS})`,
        (text) => parseInteger('--max-attempts', text, 1),
      )
      .option('--force', 'also send letters that would fail again')
      .option('--all', 'select every open letter; needed if no id or filter is given')
      .action((ids: Coordinates[], options: RedriveOptions) => this.run(ids, options));
  }

  async run(ids: readonly Coordinates[], options: RedriveOptions): Promise<void> {
    if (ids.length === 0 && !narrows(options) && options.all !== true) {
      throw new UsageError('No dead letters are selected; expected ids, filter options, or --all.');
    }
    const store = await this.#store(options);
    const source = await this.#source(options, store);
    await expectAll(source, ids);
    // Ids that the user names are looked up in every status, so that each one left out is reported with its reason.
    const status = options.status ?? (ids.length > 0 ? 'all' : undefined);
    const found = await source.find(filterOf({ ...options, ...(status && { status }) }, ids));
    const bar = new ProgressBar(found.length, this.terminal.stderr);
    const interruption = new Interruption(this.context.signals);
    const { signal } = interruption;
    const report = await redrive(found, {
      source,
      store,
      planner: this.#planner(options),
      publisher: options.dryRun ? null : this.connections.redrivePublisher(),
      rate: options.rate ?? DEFAULT_RATE,
      signal,
      onProgress: (done) => {
        bar.show(done);
      },
    }).finally(() => {
      bar.clear();
      interruption.stopListening();
    });
    for (const remark of source.remarks()) this.terminal.note(remark);
    if (options.json) this.terminal.json(reportJson(report, found.length, options.dryRun === true));
    else if (found.length === 0) this.terminal.line(NONE_CHOSEN);
    else for (const line of reportText(report, options.dryRun === true)) this.terminal.line(line);
    if (report.fault !== null) throw new OperationError(`${faultText(report.fault)}\n${GO_ON}`);
    if (signal.aborted && report.chosen < found.length) {
      throw new OperationError(`Stopped by a signal. ${GO_ON}`);
    }
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
    const { eventMaxBytes, eventMaxValues } = this.connections.settings.batch;
    const validator = new EventValidator({ maxBytes: eventMaxBytes, maxValues: eventMaxValues });
    const statuses = Array.isArray(status) ? status : [];
    return new RedrivePlanner(validator, { statuses, patches: set, maxAttempts, force: force === true });
  }
}

function addPatch(text: string, patches: readonly FieldPatch[] | undefined): FieldPatch[] {
  return [...(patches ?? []), parsePatch(text)];
}

const NEEDS_TABLE = `Nothing was sent: redrive needs the dead-letter table, even with --from topic. The table records which letters
were sent, and the id under which each is stored only once. To inspect or copy dead letters without a warehouse, use
list, show or export with --from topic.`;

const GO_ON = 'Run the same command again to continue.';

function reportText({ sent, leftOut }: RedriveReport, isDryRun: boolean): string[] {
  const lines = [`${sent.toLocaleString('en')} ${isDryRun ? 'would be sent' : 'sent'}`];
  for (const [why, letters] of leftOut) {
    const named = letters.slice(0, NAMED_IDS).map(coordinatesText).join(', ');
    const more = letters.length > NAMED_IDS ? ', ...' : '';
    lines.push(`${letters.length.toLocaleString('en')} left out: ${LEFT_OUT[why]} (${named}${more})`);
  }
  return lines;
}

function reportJson({ sent, chosen, leftOut, fault }: RedriveReport, found: number, isDryRun: boolean) {
  return {
    dryRun: isDryRun,
    chosen: found,
    done: chosen,
    sent,
    leftOut: Object.fromEntries(
      [...leftOut].map(([why, letters]) => [
        why,
        { count: letters.length, ids: letters.map(coordinatesText) },
      ]),
    ),
    fault,
  };
}
