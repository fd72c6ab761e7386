import type { IncomingMessage, ServerResponse } from 'node:http';
import { Controller, Get, NotFoundException, Param, Req, Res, UseGuards } from '@nestjs/common';
import { WorkbenchSettings } from '#settings';
import { LivePage } from './live-page.js';
import { PAGE_HEADERS, pageFile } from './page-files.js';
import { PageAccess } from './page-access.js';

const RETRY_AFTER_SECONDS = 10;

/** The status page, and the files of the workbench; what the workbench does has its own controller. */
@Controller()
@UseGuards(PageAccess)
export class PageController {
  constructor(
    private readonly live: LivePage,
    private readonly workbench: WorkbenchSettings,
  ) {}

  @Get()
  index(@Res() response: ServerResponse): void {
    this.file('index.html', response);
  }

  /** Server-sent events: a greeting, then a snapshot every second. */
  @Get('page/live')
  watch(@Req() request: IncomingMessage, @Res() response: ServerResponse): void {
    response.setHeaders(new Headers(PAGE_HEADERS));
    if (request.method === 'HEAD') {
      // A HEAD request waits for the end of the response.
      response.writeHead(200, { 'Content-Type': 'text/event-stream' }).end();
      return;
    }
    if (this.live.admit(response)) return;
    response.writeHead(503, { 'Retry-After': RETRY_AFTER_SECONDS }).end('Too many pages are open.');
  }

  /** Without a token there is no workbench, and this URL responds like any unknown one. */
  @Get('page/workbench')
  workbenchPage(@Res() response: ServerResponse): void {
    this.file(this.workbench.token === undefined ? 'workbench' : 'workbench.html', response);
  }

  @Get('page/letters/:name')
  letterFile(@Param('name') name: string, @Res() response: ServerResponse): void {
    this.file(`letters/${name}`, response);
  }

  @Get('page/:name')
  file(@Param('name') name: string, @Res() response: ServerResponse): void {
    const file = pageFile(name);
    if (file === null) throw new NotFoundException(`Cannot GET /page/${name}`);
    response.setHeaders(new Headers({ ...PAGE_HEADERS, 'Content-Type': file.type })).end(file.text);
  }
}
