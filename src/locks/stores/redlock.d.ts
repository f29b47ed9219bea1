/** What this project uses of redlock 4.2; the published typings bring those of two other clients with them. */
declare module 'redlock' {
  /** A vote that was won. */
  export interface Vote {
    readonly resource: readonly string[];
    readonly value: string;
  }

  /** A server: script commands with a callback. */
  export interface Voter {
    evalsha(hash: string, args: readonly (string | number)[], reply: VoterReply): void;
    eval(args: readonly (string | number)[], reply: VoterReply): void;
  }

  /** Tries after the first one, and ms between them. */
  export interface RedlockOptions {
    readonly retryCount: number;
    readonly retryDelay?: number;
    readonly retryJitter?: number;
  }

  export type VoterReply = (error: Error | null, answer?: unknown) => void;

  class Redlock {
    constructor(voters: readonly Voter[], options: RedlockOptions);
    /** Rejects when the vote is lost. */
    acquire(resource: string, ttlMs: number): Promise<Vote>;
    /** Rejects when fewer than the quorum still had it. */
    release(vote: Vote): Promise<void>;
    /** What the library itself calls to take a lost vote back. */
    unlock(vote: Vote, callback: () => void): void;
    on(event: 'clientError', listener: (error: unknown) => void): this;
  }

  export { Redlock as default };
}
