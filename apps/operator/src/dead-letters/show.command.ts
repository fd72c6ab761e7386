import { SubCommand } from 'nest-commander';
import { coordinatesText } from '#pipeline';
import { ANY_DEAD_LETTER } from '#warehouse';
import { AnsweringCommand } from '../commands/operator-command.js';
import { Connections } from '../connections.js';
import { terminal } from '../output/terminal.js';
import { parseId } from '../parse.js';
import { letterJson } from './letter-json.js';
import { letterText } from './letter-text.js';
import { expectAll, readAll } from './letters.js';

@SubCommand({
  name: 'show',
  arguments: '<id>',
  argsDescription: { id: 'where its message stood: topic-partition@offset' },
  description: 'one of them, with the original value, where each fault is, and its headers',
})
export class ShowCommand extends AnsweringCommand {
  constructor(private readonly connections: Connections) {
    super();
  }

  override async run([text = '']: string[], options: { json?: true }): Promise<void> {
    const id = parseId(text);
    const store = await this.connections.deadLetters();
    await expectAll(store, [id]);
    const found = await store.find({ ...ANY_DEAD_LETTER, ids: [id] });
    if (found.length > 1) {
      terminal.note(
        `${coordinatesText(id)} names ${found.length} messages: the topic was deleted and made again.`,
      );
    }
    for await (const letter of readAll(store, found)) {
      if (options.json) terminal.json(letterJson(letter));
      else for (const line of letterText(letter)) terminal.line(line);
    }
  }
}
