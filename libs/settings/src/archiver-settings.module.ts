import { Global, Inject, Logger, Module, type OnModuleInit } from '@nestjs/common';
import { ConfigModule, registerAs } from '@nestjs/config';
import { loadArchiverSettings, type LoadedArchiverSettings } from './load-settings.js';
import { KafkaSettings } from './sections/kafka.settings.js';
import { LakeSettings } from './sections/lake.settings.js';
import { LogSettings } from './sections/log.settings.js';
import { ServiceSettings } from './sections/service.settings.js';
import { describeSettings, type ArchiverSettings } from './settings.js';

const loadedSettings = registerAs('archiver-settings', () => loadArchiverSettings(process.env));

const SECTION_PROVIDERS = [
  [KafkaSettings, ({ kafka }: ArchiverSettings) => kafka],
  [LakeSettings, ({ lake }: ArchiverSettings) => lake],
  [ServiceSettings, ({ service }: ArchiverSettings) => service],
  [LogSettings, ({ log }: ArchiverSettings) => log],
] as const;

/** Provides the sections that the archiver uses; it needs no warehouse. */
@Global()
@Module({
  imports: [ConfigModule.forFeature(loadedSettings)],
  providers: SECTION_PROVIDERS.map(([provide, sectionOf]) => ({
    provide,
    inject: [loadedSettings.KEY],
    useFactory: ({ settings }: LoadedArchiverSettings) => sectionOf(settings),
  })),
  exports: SECTION_PROVIDERS.map(([provide]) => provide),
})
export class ArchiverSettingsModule implements OnModuleInit {
  readonly #logger = new Logger(ArchiverSettingsModule.name);

  constructor(@Inject(loadedSettings.KEY) private readonly loaded: LoadedArchiverSettings) {}

  onModuleInit(): void {
    for (const warning of this.loaded.warnings) this.#logger.warn(`⚠️ ${warning}`);
    const described = Object.entries(describeSettings(this.loaded.settings));
    this.#logger.debug(`Settings: ${described.map(([key, value]) => `${key}=${value}`).join(' ')}`);
  }
}
