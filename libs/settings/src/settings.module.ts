import { Global, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { loadSettings, type LoadedSettings } from './load-settings.js';
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
import { describeSettings, Settings } from './settings.js';

const loadedSettings = registerAs('settings', () => loadSettings(process.env));

/** One provider per section, so that each part of the service injects only what it needs. */
const SECTION_PROVIDERS = [
  [KafkaSettings, ({ kafka }: Settings) => kafka],
  [WarehouseSettings, ({ warehouse }: Settings) => warehouse],
  [DuckDbSettings, ({ duckDb }: Settings) => duckDb],
  [SnowflakeSettings, ({ snowflake }: Settings) => snowflake],
  [BatchSettings, ({ batch }: Settings) => batch],
  [DeadLetterSettings, ({ deadLetter }: Settings) => deadLetter],
  [ServiceSettings, ({ service }: Settings) => service],
  [WorkbenchSettings, ({ workbench }: Settings) => workbench],
  [LogSettings, ({ log }: Settings) => log],
  [TracingSettings, ({ tracing }: Settings) => tracing],
  [LakeSettings, ({ lake }: Settings) => lake],
] as const;

/**
 * Provides {@link Settings} and each of its sections globally, read from the environment when the application is
 * created. The section of the engine that is not in use is null.
 */
@Global()
@Module({
  imports: [ConfigModule.forFeature(loadedSettings)],
  providers: [
    {
      provide: Settings,
      inject: [loadedSettings.KEY],
      useFactory: ({ settings }: LoadedSettings) => settings,
    },
    ...SECTION_PROVIDERS.map(([provide, useFactory]) => ({ provide, inject: [Settings], useFactory })),
  ],
  exports: [Settings, ...SECTION_PROVIDERS.map(([provide]) => provide)],
})
export class SettingsModule implements OnModuleInit {
  readonly #logger = new Logger(SettingsModule.name);

  constructor(@Inject(loadedSettings.KEY) private readonly loaded: LoadedSettings) {}

  onModuleInit(): void {
    for (const warning of this.loaded.warnings) this.#logger.warn(`⚠️ ${warning}`);
    const described = Object.entries(describeSettings(this.loaded.settings));
    this.#logger.debug(`Settings: ${described.map(([key, value]) => `${key}=${value}`).join(' ')}`);
  }
}
