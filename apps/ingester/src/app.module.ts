import { Module } from '@nestjs/common';
import { SettingsModule } from '#settings';
import { TelemetryModule } from '#telemetry';
import { HealthModule } from './health/health.module.js';
import { IngestionModule } from './ingestion/ingestion.module.js';
import { PageModule } from './page/page.module.js';
import { StartupModule } from './startup/startup.module.js';

/** The service: shared settings and telemetry, then one module per folder. */
@Module({
  imports: [SettingsModule, TelemetryModule, StartupModule, IngestionModule, HealthModule, PageModule],
})
export class AppModule {}
