import type { IncomingMessage } from 'node:http';
import { Injectable, NotFoundException, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { ServiceSettings } from '#settings';

/** Where the page is switched off, its addresses are as unknown as any other. */
@Injectable()
export class PageSwitch implements CanActivate {
  constructor(private readonly settings: ServiceSettings) {}

  canActivate(context: ExecutionContext): boolean {
    if (this.settings.statusPage) return true;
    const { method = '', url = '' } = context.switchToHttp().getRequest<IncomingMessage>();
    throw new NotFoundException(`Cannot ${method} ${url}`);
  }
}
