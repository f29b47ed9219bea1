import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  NotFoundException,
} from '@nestjs/common';
import type { Request, Response } from 'express';
import { AppError } from '../../kernel/app-error.js';
import type { Logger } from '../logging/index.js';
import { allowedMethods } from './allowed-methods.js';
import { MethodNotAllowedError, RefusedRequestError, RouteNotFoundError, UnexpectedError } from './errors.js';
import { PROBLEM_CONTENT_TYPE, problemHeaders, statusOf, toProblem } from './problem.js';
import { REQUEST_ID_HEADER } from './request-context.js';

/** Turns whatever was thrown into problem details; the only place where errors meet HTTP. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly logger: Logger) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const request = http.getRequest<Request>();
    const response = http.getResponse<Response>();
    const error = toAppError(thrown, request);
    this.report(error, request);
    if (response.headersSent) {
      // Half an answer is out: cutting the connection is the only way to say that it is not complete.
      response.destroy();
      return;
    }
    answer(error, request, response);
  }

  private report(error: AppError, request: Request): void {
    const fields = { code: error.code, method: request.method, path: request.path, err: error };
    if (error.kind === 'internal') this.logger.error('A request failed', fields);
    else if (error.kind === 'unavailable') this.logger.warn('A request could not be served', fields);
    else this.logger.debug('A request was refused', { ...fields, err: undefined, reason: error.message });
  }
}

function answer(error: AppError, request: Request, response: Response): void {
  const requestId = response.getHeader(REQUEST_ID_HEADER);
  const problem = toProblem(error, {
    path: request.originalUrl.split('?', 1)[0] ?? '/',
    ...(typeof requestId === 'string' && { requestId }),
  });
  for (const name of ['Content-Disposition', 'Content-Encoding', 'ETag', 'Last-Modified'])
    response.removeHeader(name);
  response.status(statusOf(error)).set(problemHeaders(error)).type(PROBLEM_CONTENT_TYPE);
  const text = JSON.stringify(problem);
  // Not by `send`: it would give it an ETag, which is for what has a version.
  response.set('Content-Length', String(Buffer.byteLength(text))).end(text);
}

function toAppError(thrown: unknown, request: Request): AppError {
  if (thrown instanceof AppError) return thrown;
  if (thrown instanceof NotFoundException) return routeError(request);
  const status = thrown instanceof HttpException ? thrown.getStatus() : clientStatusOf(thrown);
  if (status === undefined || status >= 500) return new UnexpectedError(thrown);
  return new RefusedRequestError(status, thrown instanceof Error ? thrown.message : 'unknown reason', thrown);
}

function routeError(request: Request): AppError {
  const allowed = allowedMethods(request);
  if (allowed.length > 0) return new MethodNotAllowedError(request.method, allowed);
  return new RouteNotFoundError(request.method, request.path);
}

/** Errors of Express and its middlewares carry a status; `expose` says that the message may be shown. */
function clientStatusOf(thrown: unknown): number | undefined {
  const { status, expose } = (thrown ?? {}) as { status?: unknown; expose?: unknown };
  return typeof status === 'number' && status >= 400 && status < 500 && expose === true ? status : undefined;
}
