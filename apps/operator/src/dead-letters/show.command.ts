import { SubCommand } from 'nest-commander';
import { coordinatesText } from '#pipeline';
import { ANY_DEAD_LETTER } from '#warehouse';
import { Connections } from '../connections.js';
import { terminal } from '../output/terminal.js';
import { parseId } from '../parse.js';
import { letterJson } from './letter-json.js';
import { letterText } from './letter-text.js';
import { SourceCommand, type SourceOptions } from './filter-options.js';
import { expectAll } from './letters.js';

@SubCommand({
  name: 'show',
  arguments: '<id>',
  argsDescription: { id: 'where its message stood: topic-partition@offset' },
  description: 'one of them, with the original value, where each fault is, and its headers',
})
export class ShowCommand extends SourceCommand {
  override readonly examples = [
    'dead-letters show sales_events-3@1042',
    'dead-letters show sales_events-3@1042 --from topic',
  ];

  constructor(private readonly connections: Connections) {
    super();
  }

  override async run([text = '']: string[], options: SourceOptions): Promise<void> {
    const id = parseId(text);
    const source = await this.connections.deadLetterSource(options.from);
    await expectAll(source, [id]);
    const found = await source.find({ ...ANY_DEAD_LETTER, ids: [id] });
    if (found.length > 1) {
      terminal.note(
        `${coordinatesText(id)} names ${found.length} messages: the topic was deleted and made again.`,
      );
    }
    for await (const letters of source.read(found)) {
      for (const letter of letters) {
        if (options.json) terminal.json(letterJson(letter));
        else for (const line of letterText(letter)) terminal.line(line);
      }
    }
  }
}
