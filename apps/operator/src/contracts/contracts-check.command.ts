import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import { Option, type Command } from 'commander';
import {
  buildContracts,
  ContractComparison,
  EventValidator,
  UNKNOWN_TYPE_POLICIES,
  type Contracts,
  type UnknownTypePolicy,
} from '#events';
import { faultText } from '#pipeline';
import { serviceVersion } from '#settings';
import { Interruption } from '../commands/interruption.js';
import { command, JSON_OPTION, OperatorCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { OperatorContext } from '../context.js';
import { ReportedFailure, UnavailableError, UsageError } from '../failures.js';
import { withLake } from '../lake/open-lake.js';
import { newFile } from '../output/new-file.js';
import { ProgressBar } from '../output/progress-bar.js';
import { jsonText, Terminal } from '../output/terminal.js';
import { parseInteger, parseTime, parseWord } from '../parse.js';
import { checkRecords, type CheckOptions, type Checked } from './check/check-records.js';
import { LakeRecords } from './check/lake-records.js';
import type { RecordSource } from './check/record-source.js';
import { reportJson, reportLines, type Subject } from './check/report.js';
import { TopicRecords } from './check/topic-records.js';
import { readContracts } from './contract-files.js';

const PLACES = ['topic', 'lake'] as const;
type Place = (typeof PLACES)[number];

interface CheckCommandOptions {
  since?: number;
  from?: Place;
  against?: string;
  schemas?: string;
  unknownEventTypes?: UnknownTypePolicy;
  examples?: number;
  changes?: string;
  json?: true;
}

const DEFAULT_SINCE = '7d';
const DEFAULT_EXAMPLES = 3;

const EXAMPLES = [
  'contracts check --against ../main/config/schemas',
  'contracts check --schemas proposed/ --since 2d --json',
  'contracts check --unknown-event-types dead-letter',
  'contracts check --from lake --since 90d --against ../main/config/schemas',
  'contracts check --against running.json --changes changes.ndjson',
];

@Injectable()
export class ContractsCheckCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly context: OperatorContext,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return command(
      'check',
      'read the records of the last days, and report which ones a change of the contracts would turn into dead letters, ' +
        'rescue, or make drift; writes nothing. Exits with 1 if there would be new dead letters',
      EXAMPLES,
    )
      .option(
        '--since <time>',
        `begin in each partition with the first record of this time or later: 2026-01-31, 2026-01-31T18:00:00Z, or an age: 90m, 2h, 3d (default: ${DEFAULT_SINCE})`,
        (text) => parseTime('--since', text),
      )
      .addOption(
        new Option(
          '--from <place>',
          'where to read the records: topic, or lake for the objects in LAKE_LOCATION (default: topic)',
        )
          .choices(PLACES)
          .argParser((text) => parseWord('--from', text, PLACES)),
      )
      .option(
        '--against <path>',
        'the contracts before: a folder of *.schema.json, or a file that contracts export wrote (default: this build)',
      )
      .option('--schemas <path>', 'the contracts after, in the same form (default: this build)')
      .addOption(
        new Option(
          '--unknown-event-types <policy>',
          'what becomes of event types without a contract after the change (default: UNKNOWN_EVENT_TYPES)',
        )
          .choices(UNKNOWN_TYPE_POLICIES)
          .argParser((text) => parseWord('--unknown-event-types', text, UNKNOWN_TYPE_POLICIES)),
      )
      .option('--examples <number>', `coordinates for each group (default: ${DEFAULT_EXAMPLES})`, (text) =>
        parseInteger('--examples', text, 0, 100),
      )
      .option('--changes <file>', 'new file for a line of JSON about each record that changes')
      .option(...JSON_OPTION)
      .action((options: CheckCommandOptions) => this.run(options));
  }

  async run(options: CheckCommandOptions): Promise<void> {
    const { against, schemas, unknownEventTypes } = options;
    if (against === undefined && schemas === undefined && unknownEventTypes === undefined) {
      throw new UsageError('Nothing to compare: expected --against, --schemas or --unknown-event-types.');
    }
    const { comparison, ...names } = await this.#comparison(options);
    const sinceMs = options.since ?? parseTime('--since', DEFAULT_SINCE);
    const from = options.from ?? 'topic';
    const { checked, source } = await this.#from(from, sinceMs, (records) =>
      this.#check(records, comparison, options),
    ).catch((error: unknown) => {
      throw UnavailableError.from(error);
    });
    const subject = { topic: source.topic, from, sinceMs, ...names };
    this.#print(subject, checked, source, options);
    const isInterrupted = checked.done < checked.offsets;
    if (isInterrupted) this.terminal.note(unfinishedText(checked));
    if (checked.changes.newlyDead.count > 0) throw new ReportedFailure();
    if (isInterrupted) throw new UnavailableError('');
  }

  async #comparison({ against, schemas, unknownEventTypes }: CheckCommandOptions) {
    const { eventMaxBytes, eventMaxValues, unknownEventTypes: current } = this.connections.recordsPart.batch;
    const side = (contracts: Contracts, unknownTypes: UnknownTypePolicy) => {
      const limits = { maxBytes: eventMaxBytes, maxValues: eventMaxValues };
      return { contracts, validator: new EventValidator({ ...limits, unknownTypes, contracts }) };
    };
    const contractsOf = (option: string, path: string | undefined) =>
      path === undefined ? buildContracts() : readContracts(option, path);
    const policy = { before: current, after: unknownEventTypes ?? current };
    const before = side(await contractsOf('--against', against), policy.before);
    const after = side(await contractsOf('--schemas', schemas), policy.after);
    const thisBuild = `this build (${serviceVersion()})`;
    return {
      comparison: new ContractComparison(before, after),
      before: against ?? thisBuild,
      after: schemas ?? thisBuild,
      unknownEventTypes: policy,
    };
  }

  async #from<Result>(
    place: Place,
    sinceMs: number,
    work: (source: RecordSource) => Promise<Result>,
  ): Promise<Result> {
    const { kafka, lake: settings } = this.connections.recordsPart;
    if (place === 'topic') return work(await TopicRecords.since(this.connections.kafka(), kafka, sinceMs));
    return withLake(settings, async (lake) => work(await LakeRecords.since(lake, kafka.topicName, sinceMs)));
  }

  async #check(
    source: RecordSource,
    comparison: ContractComparison,
    { examples = DEFAULT_EXAMPLES, changes }: CheckCommandOptions,
  ): Promise<{ checked: Checked; source: RecordSource }> {
    const total = [...source.extent.values()].reduce((sum, { start, end }) => sum + end - start, 0);
    const bar = new ProgressBar(total, this.terminal.stderr);
    const file = changes === undefined ? null : await newFile(changes, '--changes');
    const interruption = new Interruption(this.context.signals);
    const options: CheckOptions = {
      signal: interruption.signal,
      mostExamples: examples,
      onProgress: (done) => {
        bar.show(done);
      },
    };
    if (file !== null) {
      options.onChange = async (changed) => {
        if (!file.write(`${jsonText(changed)}\n`)) await once(file, 'drain');
      };
    }
    try {
      return { checked: await checkRecords(source, comparison, options), source };
    } finally {
      bar.clear();
      interruption.stopListening();
      if (file !== null) await finished(file.end());
    }
  }

  #print(subject: Subject, checked: Checked, source: RecordSource, { json }: CheckCommandOptions): void {
    if (json === true) {
      this.terminal.json(reportJson(subject, checked, source.notes()));
      return;
    }
    for (const line of reportLines(subject, checked, this.terminal)) this.terminal.line(line);
    for (const note of source.notes()) this.terminal.note(note);
  }
}

function unfinishedText({ done, offsets, fault }: Checked): string {
  const why = fault === null ? 'Stopped by a signal.' : faultText(fault);
  return `${why}\nOnly ${done.toLocaleString('en')} of ${offsets.toLocaleString('en')} offsets were checked.`;
}
