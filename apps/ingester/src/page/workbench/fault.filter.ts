import type { ServerResponse } from 'node:http';
import { Catch, HttpStatus, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { FaultError } from '#pipeline';

/** A fault of Kafka or the warehouse: 503, with what happened and what to do. */
@Catch(FaultError)
export class FaultFilter implements ExceptionFilter<FaultError> {
  catch({ message }: FaultError, host: ArgumentsHost): void {
    host
      .switchToHttp()
      .getResponse<ServerResponse>()
      .writeHead(HttpStatus.SERVICE_UNAVAILABLE, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ statusCode: HttpStatus.SERVICE_UNAVAILABLE, message }));
  }
}
