import { Option, SubCommand } from 'nest-commander';
import { EventValidator } from '#events';
import { coordinatesText, faultText } from '#pipeline';
import type { DeadLetterStore } from '#warehouse';
import { Connections } from '../connections.js';
import { OperationError, UsageError } from '../failures.js';
import { ProgressBar } from '../output/progress-bar.js';
import { terminal } from '../output/terminal.js';
import { parseId, parseInteger, parseRate } from '../parse.js';
import { parsePatch, type FieldPatch } from './field-patch.js';
import { FilteringCommand, filterOf, narrows, type FilterOptions } from './filter-options.js';
import { TableDeadLetters, type DeadLetterSource } from './dead-letter-source.js';
import { expectAll, NONE_CHOSEN } from './letters.js';
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
/** How many ids of those left out are named, for each reason. */
const NAMED_IDS = 5;

@SubCommand({
  name: 'redrive',
  arguments: '[ids...]',
  argsDescription: { ids: 'where their messages stood: topic-partition@offset' },
  description: 'sends them to the topic that they came from, as they were or mended; each is stored once',
})
export class RedriveCommand extends FilteringCommand {
  override readonly examples = [
    'dead-letters redrive --field customer_id --set customer_id=5 --dry-run',
    'dead-letters redrive --field customer_id --set customer_id=5 --rate 100',
    'dead-letters redrive sales_events-3@1042',
  ];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({ flags: '--dry-run', description: 'send nothing, only tell what would be sent' })
  parseDryRun(): true {
    return true;
  }

  @Option({ flags: '--rate <number>', description: `messages a second (default: ${DEFAULT_RATE})` })
  parseRate(text: string): number {
    return parseRate('--rate', text);
  }

  @Option({
    flags: '--set <field=value>',
    description: 'give a field of each event this value, JSON or else text; may come more than once',
  })
  parseSet(text: string, before: FieldPatch[] = []): FieldPatch[] {
    return [...before, parsePatch(text)];
  }

  @Option({
    flags: '--max-attempts <number>',
    description: `leave out what has failed so often (default: ${DEFAULT_MAX_ATTEMPTS})`,
  })
  parseMaxAttempts(text: string): number {
    return parseInteger('--max-attempts', text, 1);
  }

  @Option({ flags: '--force', description: 'send also what would fail again' })
  parseForce(): true {
    return true;
  }

  @Option({ flags: '--all', description: 'every open one, where no other option chooses' })
  parseAll(): true {
    return true;
  }

  override async run(texts: string[], options: RedriveOptions): Promise<void> {
    const ids = texts.map(parseId);
    if (ids.length === 0 && !narrows(options) && options.all !== true) {
      throw new UsageError('Nothing chooses which; expected ids, options that choose, or --all.');
    }
    const store = await this.#store(options);
    const source = await this.#source(options, store);
    await expectAll(source, ids);
    // Of those named one by one, each that is not sent has its reason told.
    const status = options.status ?? (ids.length > 0 ? 'all' : undefined);
    const found = await source.find(filterOf({ ...options, ...(status && { status }) }, ids));
    const bar = new ProgressBar(found.length);
    const { signal, stop } = untilSignal();
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
      stop();
    });
    for (const remark of source.remarks()) terminal.note(remark);
    if (options.json) terminal.json(reportJson(report, found.length, options.dryRun === true));
    else if (found.length === 0) terminal.line(NONE_CHOSEN);
    else for (const line of reportText(report, options.dryRun === true)) terminal.line(line);
    if (report.fault !== null) throw new OperationError(`${faultText(report.fault)}\n${GO_ON}`);
    if (signal.aborted && report.chosen < found.length) {
      throw new OperationError(`Stopped by a signal. ${GO_ON}`);
    }
  }

  /** The table also where the topic is read: without it a second run could store a message twice. */
  async #store({ from }: RedriveOptions): Promise<DeadLetterStore> {
    try {
      return await this.connections.deadLetters();
    } catch (error) {
      if (from === 'topic') terminal.note(NEEDS_TABLE);
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

const NEEDS_TABLE = `Nothing is sent: redrive needs the table of dead letters with --from topic, too. It keeps the id under which a message
is stored once however often it is sent, and what was sent already. To look and to keep a copy, list, show and
export --from topic need no warehouse.`;

const GO_ON = 'Run the same command again for the rest.';

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

/** Given on SIGINT and SIGTERM; a second signal ends the process at once. */
function untilSignal(): { signal: AbortSignal; stop: () => void } {
  const controller = new AbortController();
  const stop = () => {
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  };
  const onSignal = () => {
    stop();
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return { signal: controller.signal, stop };
}
