import { BatchSettings } from './sections/batch.settings.js';
import { DeadLetterSettings } from './sections/dead-letter.settings.js';
import { KafkaSettings } from './sections/kafka.settings.js';
import { LakeSettings } from './sections/lake.settings.js';
import { LogSettings } from './sections/log.settings.js';
import { ServiceSettings } from './sections/service.settings.js';
import { SnowflakeSettings } from './sections/snowflake.settings.js';
import { TracingSettings } from './sections/tracing.settings.js';
import { DuckDbSettings, WarehouseSettings } from './sections/warehouse.settings.js';
import { WorkbenchSettings } from './sections/workbench.settings.js';
import { SECTIONS } from './settings.js';
import { settingsOf, type SectionClass } from './sections/setting.js';

const TITLES = new Map<SectionClass, string>([
  [KafkaSettings, 'Kafka'],
  [WarehouseSettings, 'Warehouse'],
  [DuckDbSettings, 'DuckDB'],
  [SnowflakeSettings, 'Snowflake'],
  [BatchSettings, 'Batches and events'],
  [DeadLetterSettings, 'Dead letters'],
  [ServiceSettings, 'Service, health and page'],
  [WorkbenchSettings, 'Workbench'],
  [LogSettings, 'Log'],
  [TracingSettings, 'Traces'],
  [LakeSettings, 'Lake and archiver'],
]);

/** Every setting as Markdown, one table per section, for docs/configuration.md. */
export function settingsTables(): string {
  return SECTIONS.map((section) => `## ${TITLES.get(section) ?? section.name}\n\n${table(section)}`).join(
    '\n',
  );
}

function table(section: SectionClass): string {
  const rows = settingsOf(section).map(({ key, kind, default: value, description }) => {
    const text = typeof value === 'object' ? value.text : value === undefined ? '' : `\`${value}\``;
    return [`\`${key}\``, text, kind.isSecret ? `${description} Secret.` : description];
  });
  return [['Variable', 'Default', 'Meaning'], ['---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |\n`)
    .join('');
}
