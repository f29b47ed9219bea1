import type { RedisConfig } from '../../config/index.js';
import type { Clock } from '../../kernel/clock.js';
import type { Ids } from '../../kernel/ids.js';
import type { Logger } from '../logging/index.js';
import { ConnectedRedis } from './connected-redis.js';
import { createClients } from './redis-clients.js';
import { RedisUnavailableError } from './errors.js';
import type { RedisLink } from './redis-link.js';

/** A link that its user opens and closes. */
export interface OwnRedisLink {
  readonly link: RedisLink;
  /** Waits for a second at most; a server that is away is connected when it comes. */
  open(): Promise<void>;
  close(): Promise<void>;
}

/** A link beside that of the application, to another server. @throws RedisUnavailableError when `config` names none */
export function connectRedis(
  config: RedisConfig,
  { ids, clock, logger }: { readonly ids: Ids; readonly clock: Clock; readonly logger: Logger },
): OwnRedisLink {
  const clients = createClients(config, ids);
  if (clients === undefined) throw new RedisUnavailableError('no server is named');
  const link = new ConnectedRedis(clients, clock, logger);
  return { link, open: () => link.onModuleInit(), close: () => link.onApplicationShutdown() };
}
