import { Injectable } from '@nestjs/common';
import { KnownKeys, SenderCheck } from '../platform/http/index.js';
import { bearerOf } from './api-key.js';
import { Authenticator } from './authenticator.js';
import { KeyInvalidError } from './errors.js';

/** Senders of bodies are genuine when they hold an API key; what they may do with it is the guard's question. */
@Injectable()
export class KeyHolders extends SenderCheck {
  constructor(
    private readonly authenticator: Authenticator,
    private readonly knownKeys: KnownKeys,
  ) {
    super();
  }

  async isGenuine(authorization: string | undefined): Promise<boolean> {
    // The guard forgets a header as soon as it refuses it.
    if (this.knownKeys.keyIdOf(authorization) !== undefined) return true;
    const key = bearerOf(authorization);
    if (key === undefined) return false;
    try {
      await this.authenticator.authenticate(key);
      return true;
    } catch (error) {
      if (error instanceof KeyInvalidError) return false;
      throw error;
    }
  }
}
