import { Option, SubCommand } from 'nest-commander';
import type { DeadLetterStatus } from '#warehouse';
import { Connections } from '../connections.js';
import { UsageError } from '../failures.js';
import { terminal } from '../output/terminal.js';
import { parseId } from '../parse.js';
import { FilteringCommand, filterOf, narrows, type FilterOptions } from './filter-options.js';
import { TableDeadLetters } from './dead-letter-source.js';
import { chunked, expectAll, NONE_CHOSEN } from './letters.js';

/** What is stored needs no resolution, and what is resolved keeps the reason that it has. */
const UNSETTLED: readonly DeadLetterStatus[] = ['open', 'redriven'];

const NEEDS_TABLE =
  '--from topic: a topic cannot be marked; resolve marks letters in the table. Leave out --from topic.';

interface ResolveOptions extends FilterOptions {
  reason?: string;
  all?: true;
  dryRun?: true;
}

@SubCommand({
  name: 'resolve',
  arguments: '[ids...]',
  argsDescription: { ids: 'where their messages stood: topic-partition@offset' },
  description: 'marks them as looked at; what is stored or resolved already stays as it is',
})
export class ResolveCommand extends FilteringCommand {
  override readonly examples = [
    "dead-letters resolve sales_events-3@1042 --reason 'a test of the shop'",
    "dead-letters resolve --type json_decode --until 7d --reason 'mended at the source'",
  ];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({ flags: '--reason <text>', description: 'why nothing more is done about them', required: true })
  parseReason(text: string): string {
    if (text.trim() === '') throw new UsageError('--reason is empty; expected a few words.');
    return text;
  }

  @Option({ flags: '--all', description: 'every open one, where no other option chooses' })
  parseAll(): true {
    return true;
  }

  @Option({ flags: '--dry-run', description: 'only tell how many' })
  parseDryRun(): true {
    return true;
  }

  override async run(texts: string[], options: ResolveOptions): Promise<void> {
    if (options.from === 'topic') throw new UsageError(NEEDS_TABLE);
    const ids = texts.map(parseId);
    if (ids.length === 0 && !narrows(options) && options.all !== true) {
      throw new UsageError('Nothing chooses which; expected ids, options that choose, or --all.');
    }
    const store = await this.connections.deadLetters();
    await expectAll(new TableDeadLetters(store), ids);
    const filter = filterOf(options, ids);
    const chosen = options.status === undefined && ids.length > 0 ? null : filter.statuses;
    const statuses = UNSETTLED.filter((status) => chosen?.includes(status) ?? true);
    const found = await store.find({ ...filter, statuses });
    if (options.dryRun !== true) {
      for await (const chunk of chunked(found, ({ length }) => length))
        await store.resolve(chunk, options.reason ?? '');
    }
    const resolved = options.dryRun === true ? 0 : found.length;
    if (options.json) terminal.json({ chosen: found.length, resolved });
    else if (found.length === 0) terminal.line(NONE_CHOSEN);
    else
      terminal.line(
        `${found.length.toLocaleString('en')} ${options.dryRun ? 'would be resolved' : 'resolved'}`,
      );
  }
}
