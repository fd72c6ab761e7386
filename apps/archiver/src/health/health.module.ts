import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController, HealthReporting, HealthService } from '#service';
import { ArchiveModule } from '../archive/archive.module.js';
import { StartupModule } from '../startup/startup.module.js';
import { LakeMetrics } from '../telemetry/lake-metrics.js';

@Module({
  // A log line for each failed probe would only repeat the fault's own.
  imports: [TerminusModule.forRoot({ logger: false }), ArchiveModule, StartupModule],
  controllers: [HealthController],
  providers: [{ provide: HealthReporting, useExisting: LakeMetrics }, HealthService],
})
export class HealthModule {}
