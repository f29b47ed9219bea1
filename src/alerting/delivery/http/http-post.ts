import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { Injectable } from '@nestjs/common';
import { Clock } from '../../../kernel/clock.js';
import { AlertTargetError } from '../errors.js';
import type { SendOutcome } from '../senders/sender.js';
import { AddressGuard } from './address-guard.js';
import { retryAfterMs } from './retry-after.js';

/** What is posted, and where. */
export interface Post {
  /** May be a secret. */
  readonly url: string;
  readonly body: unknown;
  /** The same on every attempt. */
  readonly key: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Refusals that another attempt may overcome, beside those of 500 and above. */
const PASSING = new Set([408, 425, 429]);
/** Answers that say: I have not taken it. */
const NOT_TAKEN = new Set([425, 429, 503]);

/** Every attempt has a connection of its own, which is closed after it. */
const AGENTS = { http: new HttpAgent({ keepAlive: false }), https: new HttpsAgent({ keepAlive: false }) };

/**
 * Posts JSON to receivers. Goes to public addresses alone (see AddressGuard), follows no redirect, and reads nothing of
 * the answer but its head.
 */
@Injectable()
export class HttpPost {
  constructor(
    private readonly guard: AddressGuard,
    private readonly clock: Clock,
  ) {}

  /** Never rejects. `signal` bounds all of it. */
  async send(post: Post, signal: AbortSignal): Promise<SendOutcome> {
    const progress = { isConnected: false };
    try {
      const url = new URL(post.url);
      this.guard.check(url);
      const answer = await this.exchange(url, post, signal, progress);
      return this.outcomeOf(answer.statusCode ?? 0, answer.headers['retry-after']);
    } catch (error) {
      if (error instanceof AlertTargetError) return { kind: 'refused', reason: error.message };
      return {
        kind: 'retry',
        reason: signal.aborted ? 'It did not answer in time.' : `It was not reached (${codeOf(error)}).`,
        isUntold: !progress.isConnected,
      };
    }
  }

  private exchange(
    url: URL,
    { body, key, headers = {} }: Post,
    signal: AbortSignal,
    progress: { isConnected: boolean },
  ): Promise<IncomingMessage> {
    const bytes = Buffer.from(JSON.stringify(body));
    const isSecure = url.protocol === 'https:';
    return new Promise((resolve, reject) => {
      const request = (isSecure ? httpsRequest : httpRequest)(url, {
        method: 'POST',
        agent: isSecure ? AGENTS.https : AGENTS.http,
        lookup: this.guard.lookup,
        signal,
        headers: {
          ...headers,
          'content-type': 'application/json',
          'content-length': bytes.length,
          'idempotency-key': key,
          'user-agent': 'plimsoll',
        },
      });
      request.once('socket', (socket) => {
        socket.once(isSecure ? 'secureConnect' : 'connect', () => (progress.isConnected = true));
      });
      // Also after the answer: an error that nobody hears would end the process.
      request.on('error', reject);
      // Who answers 101 gets neither an answer nor an error, only this; after an answer it says nothing new.
      request.once('close', () => reject(new Error('The connection ended without an answer')));
      request.once('response', (answer) => {
        resolve(answer);
        // The head says it all; a body that never ends would keep the connection.
        answer.destroy();
      });
      request.end(bytes);
    });
  }

  private outcomeOf(status: number, retryAfter: string | undefined): SendOutcome {
    if (status >= 200 && status < 300) return { kind: 'sent' };
    if (status >= 300 && status < 400)
      return { kind: 'refused', reason: `It answered with a redirect (${status}), which is not followed.` };
    if (status < 500 && !PASSING.has(status)) return { kind: 'refused', reason: `It answered ${status}.` };
    const afterMs = retryAfterMs(retryAfter, this.clock.now());
    return {
      kind: 'retry',
      reason: `It answered ${status}.`,
      isUntold: NOT_TAKEN.has(status),
      ...(afterMs !== undefined && { afterMs }),
    };
  }
}

/** Never the message: it may hold the address. */
function codeOf(error: unknown): string {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z0-9_]{1,60}$/.test(code) ? code : 'no reason known';
}
