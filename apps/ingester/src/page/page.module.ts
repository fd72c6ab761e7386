import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { IngestionModule } from '../ingestion/ingestion.module.js';
import { LivePage } from './live-page.js';
import { PageAccess } from './page-access.js';
import { PageController } from './page.controller.js';

@Module({
  imports: [HealthModule, IngestionModule],
  controllers: [PageController],
  providers: [LivePage, PageAccess],
})
export class PageModule {}
