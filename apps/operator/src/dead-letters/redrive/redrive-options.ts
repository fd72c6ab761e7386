import type { Command } from 'commander';
import type { Coordinates } from '#pipeline';
import { DEFAULT_MAX_ATTEMPTS, DEFAULT_RATE, parsePatch, type FieldPatch } from '#redrive';
import { UsageError } from '../../failures.js';
import { parseId, parseInteger, parseRate } from '../../parse.js';
import { addActorOptions, type ActorOptions } from '../actor.js';
import { addFilterOptions, addId, narrows, type FilterOptions } from '../filter-options.js';

export interface RedriveOptions extends FilterOptions, ActorOptions {
  dryRun?: true;
  rate?: number;
  set?: FieldPatch[];
  fromFile?: string;
  edit?: Coordinates;
  maxAttempts?: number;
  force?: true;
  allowEqualIds?: true;
  all?: true;
  rescued?: true;
}

export function addRedriveOptions(command: Command): Command {
  return addActorOptions(addFilterOptions(command), false)
    .argument('[ids...]', 'source coordinates: topic-partition@offset', addId)
    .option('--dry-run', 'send nothing; list each letter with what changes, and whether it would fail again')
    .option('--rate <number>', `messages per second (default: ${DEFAULT_RATE})`, (text) =>
      parseRate('--rate', text),
    )
    .option(
      '--set <field=value>',
      'set a field of each event to this value (JSON, otherwise text); may be repeated',
      addPatch,
    )
    .option('--from-file <file>', 'send the letters of this file with the values in it: an edited export')
    .option('--edit <id>', 'edit one letter in $VISUAL or $EDITOR, then send it', parseId)
    .option(
      '--max-attempts <number>',
      `leave out letters that have failed this many times (default: ${DEFAULT_MAX_ATTEMPTS})`,
      (text) => parseInteger('--max-attempts', text, 1),
    )
    .option('--force', 'also send letters that would fail again')
    .option('--allow-equal-ids', 'send events even if a change gives several of them the same id')
    .option('--all', 'select every open letter; needed if no id or filter is given')
    .option(
      '--rescued',
      'of the selected letters, or of all open ones, send exactly those that the service refused and would store now',
    );
}

/** @throws UsageError unless the options select letters in one way */
export function checkSelection(ids: readonly Coordinates[], options: RedriveOptions): void {
  const { fromFile, edit, set, all, from, rescued, force } = options;
  const isNarrowed = ids.length > 0 || narrows(options) || all === true || rescued === true;
  const [own] = [fromFile !== undefined && '--from-file', edit !== undefined && '--edit'].filter(
    (option) => option !== false,
  );
  if (own === undefined) {
    if (rescued === true && set !== undefined)
      throw new UsageError('--rescued sends letters unchanged; leave out --set.');
    if (rescued === true && force === true)
      throw new UsageError('--rescued sends what would be stored; leave out --force.');
    if (isNarrowed) return;
    throw new UsageError('No dead letters are selected; expected ids, filter options, or --all.');
  }
  if (fromFile !== undefined && edit !== undefined) {
    throw new UsageError('--from-file and --edit exclude each other.');
  }
  if (isNarrowed)
    throw new UsageError(`${own} says which letters to send; leave out ids, filters, --all and --rescued.`);
  if (set !== undefined) throw new UsageError(`${own} has the new values; leave out --set.`);
  if (from === 'topic') throw new UsageError(`${own} changes letters of the table; leave out --from topic.`);
}

function addPatch(text: string, patches: readonly FieldPatch[] | undefined): FieldPatch[] {
  const patch = parsePatch(text);
  if (patch === null) {
    throw new UsageError(`--set is "${text}"; expected field=value, such as customer_id=5.`);
  }
  return [...(patches ?? []), patch];
}
