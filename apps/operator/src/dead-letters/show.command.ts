import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { coordinatesText, type Coordinates } from '#pipeline';
import { actionJson, letterJson } from '#redrive';
import { ANY_DEAD_LETTER, type DeadLetterAction, type DeadLetterKey } from '#warehouse';
import { Connections } from '../connections.js';
import { Terminal } from '../output/terminal.js';
import { parseId } from '../parse.js';
import { letterText } from './letter-text.js';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { addSourceOptions, type SourceOptions } from './filter-options.js';
import { expectAll } from './dead-letter-source.js';

const EXAMPLES = [
  'dead-letters show sales_events-3@1042',
  'dead-letters show sales_events-3@1042 --from topic',
];

@Injectable()
export class ShowCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addSourceOptions(
      command('show', 'show one dead letter: its faults, headers and original value', EXAMPLES),
    )
      .argument('<id>', 'source coordinates: topic-partition@offset', parseId)
      .action((id: Coordinates, options: SourceOptions) => this.run(id, options));
  }

  async run(id: Coordinates, options: SourceOptions): Promise<void> {
    const source = await this.connections.deadLetterSource(options.from);
    await expectAll(source, [id]);
    const found = await source.find({ ...ANY_DEAD_LETTER, ids: [id] });
    if (found.length > 1) {
      this.terminal.note(
        `${coordinatesText(id)} names ${found.length} messages: the topic was deleted and recreated.`,
      );
    }
    for await (const letters of source.read(found)) {
      for (const letter of letters) {
        const actions = await this.#actions(letter, options);
        if (options.json) this.terminal.json({ ...letterJson(letter), actions: actions?.map(actionJson) });
        else for (const line of letterText(letter, actions ?? [], this.terminal)) this.terminal.line(line);
      }
    }
  }

  /** What operators did with the letter; undefined if only the table knows. */
  async #actions(letter: DeadLetterKey, { from }: SourceOptions): Promise<DeadLetterAction[] | undefined> {
    return from === 'topic' ? undefined : (await this.connections.deadLetters()).actions(letter);
  }
}
