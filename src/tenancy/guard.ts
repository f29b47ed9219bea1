import {
  type CanActivate,
  createParamDecorator,
  type ExecutionContext,
  Inject,
  Injectable,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { Request } from 'express';
import { TENANCY_CONFIG, type TenancyConfig } from '../config/index.js';
import { KnownKeys } from '../platform/http/index.js';
import { currentWork } from '../platform/runtime/index.js';
import { Access, type AccessLevel, isAllowed, type CallerIdentity } from './access.js';
import { bearerOf } from './api-key.js';
import { Authenticator } from './authenticator.js';
import { AccessUndeclaredError, KeyInvalidError, KeyMissingError, RoleTooLowError } from './errors.js';

/** Who sent each request, as long as the request lives. */
const callers = new WeakMap<Request, CallerIdentity>();

/**
 * Lets a request pass when its key reaches what the route declares by `@Access`. A route that declares
 * nothing lets nobody pass, so that a forgotten decorator is a closed door.
 */
@Injectable()
export class AccessGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly authenticator: Authenticator,
    private readonly knownKeys: KnownKeys,
    @Inject(TENANCY_CONFIG) private readonly config: TenancyConfig,
  ) {}

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const [handler, controller] = [context.getHandler(), context.getClass()];
    const level = this.reflector.getAllAndOverride(Access, [handler, controller]) as AccessLevel | undefined;
    if (level === undefined) throw new AccessUndeclaredError(`${controller.name}.${handler.name}`);
    if (level === 'open') return true;
    const request = context.switchToHttp().getRequest<Request>();
    const isOpen = level === 'metrics-read' && this.config.isMetricsReadOpen;
    const caller = await this.identify(request, isOpen);
    if (caller === undefined) return true;
    if (!isOpen && !isAllowed(level, caller)) throw new RoleTooLowError(level, caller.role);
    callers.set(request, caller);
    const work = currentWork();
    if (work !== undefined) work.tenantId = caller.tenantId;
    return true;
  }

  /** Undefined without a key on a route that needs none; a key that is sent must be valid even there. */
  private async identify(request: Request, isOpen: boolean): Promise<CallerIdentity | undefined> {
    const { authorization } = request.headers;
    const key = bearerOf(authorization);
    if (authorization === undefined || key === undefined) {
      if (isOpen) return undefined;
      throw new KeyMissingError();
    }
    try {
      const caller = await this.authenticator.authenticate(key);
      this.knownKeys.remember(authorization, caller.keyId);
      return caller;
    } catch (error) {
      if (error instanceof KeyInvalidError) this.knownKeys.forget(authorization);
      throw error;
    }
  }
}

/** Who sent the request, once its key was checked; undefined for a request without one, and on open routes. */
export function callerOf(request: Request): CallerIdentity | undefined {
  return callers.get(request);
}

/** The caller of the request, or undefined, for handlers of routes that may be open. */
export const CallerIfKnown = createParamDecorator(
  (_data: unknown, context: ExecutionContext): CallerIdentity | undefined =>
    callerOf(context.switchToHttp().getRequest<Request>()),
);

/**
 * The caller of the request, for handlers whose route needs a key.
 * @throws KeyMissingError TENANCY_KEY_MISSING where a route lets requests without a key pass
 */
export const Caller = createParamDecorator((_data: unknown, context: ExecutionContext): CallerIdentity => {
  const caller = callerOf(context.switchToHttp().getRequest<Request>());
  if (caller === undefined) throw new KeyMissingError();
  return caller;
});
