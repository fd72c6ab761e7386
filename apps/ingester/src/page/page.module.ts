import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { StartupModule } from '../startup/startup.module.js';
import { LetterTable } from './letter-table.js';
import { LivePage } from './live-page.js';
import { PageAccess } from './page-access.js';
import { PageController } from './page.controller.js';

@Module({
  imports: [HealthModule, IngestionModule, StartupModule],
  controllers: [PageController],
  providers: [LivePage, LetterTable, PageAccess],
})
export class PageModule {}
