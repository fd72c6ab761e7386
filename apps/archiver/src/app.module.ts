import { Module } from '@nestjs/common';
import { ArchiverSettingsModule } from '#settings';
import { ArchiveModule } from './archive/archive.module.js';
import { HealthModule } from './health/health.module.js';
import { StartupModule } from './startup/startup.module.js';
import { ArchiverTelemetryModule } from './telemetry/archiver-telemetry.module.js';

@Module({
  imports: [ArchiverSettingsModule, ArchiverTelemetryModule, StartupModule, ArchiveModule, HealthModule],
})
export class AppModule {}
