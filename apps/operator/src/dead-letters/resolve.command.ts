import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import type { Coordinates } from '#pipeline';
import { findUnsettled, resolveLetters } from '#redrive';
import { Connections } from '../connections.js';
import { UsageError } from '../failures.js';
import { Terminal } from '../output/terminal.js';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { actorOf, addActorOptions, type ActorOptions } from './actor.js';
import { addFilterOptions, addId, filterOf, narrows, type FilterOptions } from './filter-options.js';
import { TableDeadLetters } from './dead-letter-source.js';
import { expectAll } from './dead-letter-source.js';
import { NONE_CHOSEN } from './letters.js';

const NEEDS_TABLE = '--from topic: resolve marks letters in the table. Leave out --from topic.';

interface ResolveOptions extends FilterOptions, ActorOptions {
  all?: true;
  dryRun?: true;
}

const EXAMPLES = [
  "dead-letters resolve sales_events-3@1042 --reason 'a test of the shop'",
  "dead-letters resolve --type json_decode --until 7d --reason 'fixed at the source'",
];

@Injectable()
export class ResolveCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addActorOptions(
      addFilterOptions(
        command(
          'resolve',
          'close dead letters that need no action; those already stored or resolved stay unchanged',
          EXAMPLES,
        ),
      ),
      true,
    )
      .argument('[ids...]', 'source coordinates: topic-partition@offset', addId)
      .option('--all', 'select every open letter; needed if no id or filter is given')
      .option('--dry-run', 'change nothing; report how many would be resolved')
      .action((ids: Coordinates[], options: ResolveOptions) => this.run(ids, options));
  }

  async run(ids: readonly Coordinates[], options: ResolveOptions): Promise<void> {
    if (options.from === 'topic') throw new UsageError(NEEDS_TABLE);
    if (ids.length === 0 && !narrows(options) && options.all !== true) {
      throw new UsageError('No dead letters are selected; expected ids, filter options, or --all.');
    }
    const store = await this.connections.deadLetters();
    await expectAll(new TableDeadLetters(store), ids);
    const filter = filterOf(options, ids);
    const chosen = options.status === undefined && ids.length > 0 ? null : filter.statuses;
    const found = await findUnsettled(store, { ...filter, statuses: chosen });
    const by = { ...actorOf(options, this.connections.settings.deadLetter), reason: options.reason ?? '' };
    if (options.dryRun !== true) await resolveLetters(store, found, by);
    const resolved = options.dryRun === true ? 0 : found.length;
    if (options.json) this.terminal.json({ chosen: found.length, resolved });
    else if (found.length === 0) this.terminal.line(NONE_CHOSEN);
    else
      this.terminal.line(
        `${found.length.toLocaleString('en')} ${options.dryRun ? 'would be resolved' : 'resolved'}`,
      );
  }
}
