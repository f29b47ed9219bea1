import type { Request, RequestHandler } from 'express';
import type { Ids } from '../../kernel/ids.js';
import { withLogFields } from '../logging/index.js';
import { runAs } from '../runtime/index.js';
import { MalformedPathError } from './errors.js';

/** Header with the request's id, in both directions. */
export const REQUEST_ID_HEADER = 'X-Request-Id';

/** Ids from outside go into logs and answers: nothing that could break a line or grow it. */
const SANE_ID = /^[A-Za-z0-9._:-]{1,128}$/;

/**
 * Gives the request an id (the caller's, when it is sane) that its answer and all its log lines carry, and what it
 * starts a name for whoever asks on whose behalf something happens.
 */
export function requestContext(ids: Ids): RequestHandler {
  return (request, response, next) => {
    const given = request.get(REQUEST_ID_HEADER);
    const requestId = given !== undefined && SANE_ID.test(given) ? given : ids.requestId();
    response.setHeader(REQUEST_ID_HEADER, requestId);
    const proceed = (): void => {
      if (isDecodable(request.path)) next();
      else next(new MalformedPathError());
    };
    runAs({ requestId, route: () => routeOf(request) }, () => withLogFields({ requestId }, proceed));
  };
}

/** The pattern with its method, never the path: nothing that clients make. */
function routeOf(request: Request): string | undefined {
  const { path } = (request.route ?? {}) as { path?: unknown };
  return typeof path === 'string' ? `${request.method} ${path}` : undefined;
}

function isDecodable(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
