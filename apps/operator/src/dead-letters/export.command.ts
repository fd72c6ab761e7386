import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { Option, SubCommand } from 'nest-commander';
import { Connections } from '../connections.js';
import { OperationError } from '../failures.js';
import { jsonText, terminal } from '../output/terminal.js';
import { FilteringCommand, readingFilterOf, type FilterOptions } from './filter-options.js';
import { letterJson } from './letter-json.js';
import { lettersText } from './letters.js';

@SubCommand({ name: 'export', description: 'all of them with all that is known, a line of JSON each' })
export class ExportCommand extends FilteringCommand {
  override readonly examples = [
    'dead-letters export --output dead-letters.ndjson',
    'dead-letters export --status all | jq .reason',
  ];

  constructor(private readonly connections: Connections) {
    super();
  }

  @Option({
    flags: '--output <file>',
    description: 'a new file to write to, in place of the standard output; only its owner may read it',
  })
  parseOutput(text: string): string {
    return text;
  }

  override async run(_none: string[], options: FilterOptions & { output?: string }): Promise<void> {
    const filter = readingFilterOf(options);
    const source = await this.connections.deadLetterSource(options.from);
    const found = await source.find(filter);
    const output = options.output === undefined ? process.stdout : await newFile(options.output);
    for await (const letters of source.read(found)) {
      for (const letter of letters) {
        if (!output.write(`${jsonText(letterJson(letter))}\n`)) await once(output, 'drain');
      }
    }
    for (const remark of source.remarks()) terminal.note(remark);
    if (options.output === undefined) return;
    output.end();
    await finished(output);
    if (options.json) terminal.json({ exported: found.length, output: options.output });
    else terminal.note(`${lettersText(found.length)} in ${options.output}`);
  }
}

/** Never over an older export. Events may hold what only their owner may read. */
async function newFile(path: string) {
  const file = createWriteStream(path, { flags: 'wx', mode: 0o600 });
  try {
    await once(file, 'open');
    return file;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') {
      throw new OperationError(`The file ${path} exists already. Remove it, or give --output another name.`);
    }
    throw new OperationError(`The file cannot be written: ${error instanceof Error ? error.message : path}`);
  }
}
