import type { IncomingMessage } from 'node:http';
import {
  ConflictException,
  Controller,
  Get,
  HttpCode,
  Logger,
  NotFoundException,
  Post,
  Req,
  UseFilters,
  UseGuards,
} from '@nestjs/common';
import { IngestionPipeline } from '#pipeline';
import { PageAccess } from '../page-access.js';
import { FaultFilter } from './fault.filter.js';
import { bodyOf, queryOf } from './request-content.js';
import { CheckRequest, LetterQuery, LiftRequest, RedriveRequest, ResolveRequest } from './requests.js';
import { Workbench } from './workbench.js';
import { WorkbenchAccess } from './workbench-access.js';

const NO_LETTER = 'There is no such dead letter.';

/** What holders of the token can do with dead letters. Every change is recorded with who made it, and logged. */
@Controller('page/workbench')
@UseGuards(PageAccess, WorkbenchAccess)
@UseFilters(FaultFilter)
export class WorkbenchController {
  readonly #logger = new Logger('Workbench');

  constructor(
    private readonly workbench: Workbench,
    private readonly pipeline: IngestionPipeline,
  ) {}

  @Get('groups')
  groups(@Req() request: IncomingMessage) {
    return this.workbench.groups(queryOf(request, LetterQuery).filter);
  }

  @Get('letters')
  letters(@Req() request: IncomingMessage) {
    const { filter, from } = queryOf(request, LetterQuery);
    return this.workbench.list(filter, from);
  }

  @Get('letter')
  async letter(@Req() request: IncomingMessage) {
    const letters = await this.workbench.show(queryOf(request, LetterQuery).id ?? '');
    if (letters.length === 0) throw new NotFoundException(NO_LETTER);
    return { letters };
  }

  /** What is in memory: why the dead-letter limit holds a batch, null if it does not. */
  @Get('limit')
  limit() {
    return { held: this.pipeline.status().heldDeadLetters };
  }

  @Post('check')
  @HttpCode(200)
  async check(@Req() request: IncomingMessage) {
    const { key, edited } = await bodyOf(request, CheckRequest);
    const plan = await this.workbench.check(key, edited);
    if (plan === null) throw new NotFoundException(NO_LETTER);
    return plan;
  }

  @Post('redrive')
  @HttpCode(200)
  async redrive(@Req() request: IncomingMessage) {
    const body = await bodyOf(request, RedriveRequest);
    if (body.edited !== undefined && body.keys.length > 1) {
      throw new ConflictException('An edited value is for one letter.');
    }
    const report = await this.workbench.redrive(body);
    this.#log('redrove', report.sent, body.by.user);
    return report;
  }

  @Post('resolve')
  @HttpCode(200)
  async resolve(@Req() request: IncomingMessage) {
    const { keys, by } = await bodyOf(request, ResolveRequest);
    const resolved = await this.workbench.resolve(keys, by);
    this.#log('resolved', resolved, by.user);
    return { resolved };
  }

  /** The log keeps who did it: no letter is concerned, so the table has no row of it. */
  @Post('limit/lift')
  @HttpCode(200)
  async lift(@Req() request: IncomingMessage) {
    const { user, reason } = (await bodyOf(request, LiftRequest)).by;
    if (!this.pipeline.liftDeadLetterLimit()) {
      throw new ConflictException('The dead-letter limit holds nothing here, so nothing changes.');
    }
    this.#logger.log(`🔓 ${user} lifted the dead-letter limit: ${reason}`);
    return { lifted: true };
  }

  #log(action: string, letters: number, user: string): void {
    if (letters === 0) return;
    this.#logger.log(`🔧 ${user} ${action} ${letters} dead letter${letters === 1 ? '' : 's'}`);
  }
}
