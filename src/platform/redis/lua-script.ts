import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { RedisCommands } from './redis-link.js';

/** A script for Redis in a file of its own. The name of the file ends in the number of keys it takes at least. */
export class LuaScript {
  private readonly text: string;
  private readonly sha1: string;

  constructor(file: URL) {
    this.text = readFileSync(file, 'utf8');
    this.sha1 = createHash('sha1').update(this.text).digest('hex');
  }

  /** One round trip; two when the server does not know the script yet. Bulk replies are text. */
  run(
    commands: RedisCommands,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    return this.send((command, script) => commands.call(command, script, keys.length, ...keys, ...args));
  }

  /** The same with bulk replies as bytes. */
  runForBytes(
    commands: RedisCommands,
    keys: readonly string[],
    args: readonly (string | number | Buffer)[],
  ): Promise<unknown> {
    return this.send((command, script) =>
      commands.callBuffer(command, script, keys.length, ...keys, ...args),
    );
  }

  private send(call: (command: string, script: string) => Promise<unknown>): Promise<unknown> {
    return call('EVALSHA', this.sha1).catch((error: unknown) => {
      if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw error;
      return call('EVAL', this.text);
    });
  }
}
