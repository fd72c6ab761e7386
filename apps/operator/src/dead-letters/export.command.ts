import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import { Injectable } from '@nestjs/common';
import type { Command } from 'commander';
import { letterJson } from '#redrive';
import { Connections } from '../connections.js';
import { newFile } from '../output/new-file.js';
import { jsonText, Terminal } from '../output/terminal.js';
import { command, OperatorCommand } from '../commands/operator-command.js';
import { addFilterOptions, readingFilterOf, type FilterOptions } from './filter-options.js';
import { lettersText } from './letters.js';

interface ExportOptions extends FilterOptions {
  output?: string;
}

const EXAMPLES = [
  'dead-letters export --output dead-letters.ndjson',
  'dead-letters export --status all | jq .reason',
];

@Injectable()
export class ExportCommand extends OperatorCommand {
  constructor(
    private readonly connections: Connections,
    private readonly terminal: Terminal,
  ) {
    super();
  }

  override define(): Command {
    return addFilterOptions(command('export', 'export dead letters in full, one line of JSON each', EXAMPLES))
      .option('--output <file>', 'new file to write instead of standard output; only its owner can read it')
      .action((options: ExportOptions) => this.run(options));
  }

  async run(options: ExportOptions): Promise<void> {
    const filter = readingFilterOf(options);
    const source = await this.connections.deadLetterSource(options.from);
    const found = await source.find(filter);
    const output =
      options.output === undefined ? this.terminal.stdout : await newFile(options.output, '--output');
    for await (const letters of source.read(found)) {
      for (const letter of letters) {
        if (!output.write(`${jsonText(letterJson(letter))}\n`)) await once(output, 'drain');
      }
    }
    for (const remark of source.remarks()) this.terminal.note(remark);
    if (options.output === undefined) return;
    output.end();
    await finished(output);
    if (options.json) this.terminal.json({ exported: found.length, output: options.output });
    else this.terminal.note(`${lettersText(found.length)} in ${options.output}`);
  }
}
