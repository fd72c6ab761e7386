import { Module } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { StartupModule } from '../startup/startup.module.js';
import { HealthController } from './health.controller.js';
import { HealthService } from './health.service.js';

@Module({
  // A log line for each failed probe would only repeat the fault's own.
  imports: [TerminusModule.forRoot({ logger: false }), IngestionModule, StartupModule],
  controllers: [HealthController],
  providers: [HealthService],
  exports: [HealthService],
})
export class HealthModule {}
