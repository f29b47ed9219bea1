import Redlock, { type Vote, type Voter, type VoterReply } from 'redlock';
import type { Ids } from '../../kernel/ids.js';
import { LuaScript, type RedisLink, RedisUnavailableError } from '../../platform/redis/index.js';
import type { Claim } from '../claim.js';
import type { NodeFailure } from '../errors.js';
import type { Attempt, ExtensionTarget, LockStore } from './lock-store.js';
import type { LockKeys } from './redis-lock-keys.js';
import type { RedisLockStore } from './redis-store.js';

/** A vote that was lost is repeated after this long, at random, so that two who split it do not meet again. */
const REVOTE_MS = 20;

const RELEASE_VOTE = new LuaScript(new URL('lua/release-vote-1.lua', import.meta.url));

/** One master. */
export interface QuorumNode {
  readonly name: string;
  readonly redis: RedisLink;
  readonly store: RedisLockStore;
}

/** Takes votes back as the store does: the library's own way leaves a rejected promise to nobody. */
class AttemptedVote extends Redlock {
  constructor(
    voters: readonly Voter[],
    private readonly takeBack: (vote: Vote) => Promise<unknown>,
  ) {
    super(voters, { retryCount: 0 });
  }

  override unlock(vote: Vote, callback: () => void): void {
    void this.takeBack(vote).then(callback);
  }
}

/**
 * Locks by the vote of several masters that know nothing of each other: S. Sanfilippo's Redlock, by the library of
 * that name, one attempt at a time. The queue, the hand-off and the search for deadlocks are those of one master,
 * the first that answers. Only whoever holds the lock there calls for a vote; should two masters be taken for the
 * first, the vote still has one winner.
 */
export class QuorumLockStore implements LockStore {
  readonly kind = 'redis-quorum';
  private readonly redlock: AttemptedVote;
  /** Votes that were won, by claim. */
  private readonly votes = new Map<string, { readonly won: Vote; readonly first: QuorumNode }>();
  /** Reasons by server, of each vote under way by its key. */
  private readonly failures = new Map<string, Map<string, string>>();

  constructor(
    private readonly nodes: readonly QuorumNode[],
    private readonly keys: LockKeys,
    private readonly ids: Ids,
  ) {
    const voters = nodes.map((node) => this.voterOf(node));
    this.redlock = new AttemptedVote(voters, (vote) => this.takeBack(vote));
    // Each failure is told by the node that failed.
    this.redlock.on('clientError', () => undefined);
  }

  onGrant(listener: (claimId: string) => void): void {
    for (const { store } of this.nodes) store.onGrant(listener);
  }

  async tryClaim(claim: Claim, isWaiting: boolean): Promise<Attempt> {
    const away: NodeFailure[] = [];
    for (const node of this.connectedFirst()) {
      const attempt = await node.store.tryClaim(claim, isWaiting);
      if (attempt.kind === 'granted') return this.vote(claim, node, attempt.token);
      if (attempt.kind !== 'unavailable') return attempt;
      away.push(...attempt.nodes);
      if (away.length >= this.quorum) break;
    }
    return { kind: 'unavailable', nodes: away };
  }

  async leave(claim: Claim): Promise<void> {
    await Promise.allSettled([this.unlock(claim), ...this.nodes.map(({ store }) => store.leave(claim))]);
  }

  async release(claim: Claim): Promise<boolean> {
    const first = this.votes.get(claim.id)?.first;
    try {
      return await this.unlock(claim);
    } finally {
      // The next one is told when the votes are free.
      await first?.store.release(claim).catch(() => false);
    }
  }

  extend(): Promise<boolean> {
    return Promise.reject(new TypeError('locks by vote are prolonged by the thread'));
  }

  extensionOf(claim: Claim): ExtensionTarget {
    const vote = this.votes.get(claim.id);
    const key = this.voteKey(claim);
    // Without a vote there is nothing under that key: the lock is told to be lost.
    if (vote === undefined) return { key, value: '', servers: this.nodes.length, quorum: this.quorum };
    const [held] = this.keys.of(claim.resource);
    const besides = { server: this.nodes.indexOf(vote.first), key: held, value: claim.value };
    return { key, value: vote.won.value, servers: this.nodes.length, quorum: this.quorum, besides };
  }

  private get quorum(): number {
    return Math.floor(this.nodes.length / 2) + 1;
  }

  private connectedFirst(): QuorumNode[] {
    const isAway = ({ redis }: QuorumNode): number => (redis.state === 'connected' ? 0 : 1);
    return [...this.nodes].sort((a, b) => isAway(a) - isAway(b));
  }

  private async vote(claim: Claim, first: QuorumNode, token: number): Promise<Attempt> {
    const key = this.voteKey(claim);
    const failures = new Map<string, string>();
    this.failures.set(key, failures);
    try {
      const won = await this.redlock.acquire(key, claim.ttlMs);
      this.votes.set(claim.id, { won, first });
      return { kind: 'granted', token };
    } catch {
      await first.store.release(claim).catch(() => false);
      const nodes = [...failures].map(([node, reason]) => ({ node, reason }));
      if (nodes.length >= this.quorum) return { kind: 'unavailable', nodes };
      const retryMs = REVOTE_MS * (1 + this.ids.fraction());
      return { kind: 'busy', holder: null, remainingMs: 0, retryMs };
    } finally {
      this.failures.delete(key);
    }
  }

  private async unlock({ id }: Claim): Promise<boolean> {
    const vote = this.votes.get(id);
    this.votes.delete(id);
    if (vote === undefined) return false;
    const { had, unknown } = await this.takeBack(vote.won);
    if (had < this.quorum && had + unknown >= this.quorum) {
      throw new RedisUnavailableError(`${unknown} of ${this.nodes.length} masters did not answer`);
    }
    return had >= this.quorum;
  }

  /** How many servers still had the vote, and how many did not say. What stays on one that is away ends by itself. */
  private async takeBack({ resource: [key = ''], value }: Vote): Promise<{ had: number; unknown: number }> {
    const answers = await Promise.allSettled(
      this.nodes.map(({ redis }) => redis.run((commands) => RELEASE_VOTE.run(commands, [key], [value]))),
    );
    return {
      had: answers.filter((answer) => answer.status === 'fulfilled' && answer.value === 1).length,
      unknown: answers.filter((answer) => answer.status === 'rejected').length,
    };
  }

  private voteKey({ resource }: Claim): string {
    return `${this.keys.prefix}vote:${resource}`;
  }

  /** A master as the library calls it. One that lost its memory answers with an error: it does not vote. */
  private voterOf({ name, redis, store }: QuorumNode): Voter {
    const call = (
      command: 'EVALSHA' | 'EVAL',
      args: readonly (string | number)[],
      reply: VoterReply,
    ): void => {
      const answer = store
        .assertVoting()
        .then(() => redis.run((commands) => commands.call(command, ...args.map(String))));
      answer.then(
        (value) => reply(null, value),
        (error: unknown) => {
          const reason = error instanceof Error ? error : new TypeError(String(error));
          // Of the script or its hash, the number of its keys, and the key.
          if (!reason.message.startsWith('NOSCRIPT'))
            this.failures.get(String(args[2]))?.set(name, reason.message);
          reply(reason);
        },
      );
    };
    return {
      evalsha: (hash, args, reply) => call('EVALSHA', [hash, ...args], reply),
      eval: (args, reply) => call('EVAL', args, reply),
    };
  }
}
