import { Random } from '../../../test/support/random.js';
import type { PresentConnection, ToldPart } from '../coordination/shared-presence.js';
import { presenceMessage } from './batches.js';
import { Member } from './member.js';
import { PendingDiff } from './pending-diff.js';
import type { RemoteDiff } from './remote-messages.js';
import { NUMBERS_OF_A_LIFE, RemoteParts } from './remote-parts.js';

/** An instance that has members, and tells of them as LayoutRoom does. */
class Teller {
  readonly members = new Map<string, Member>();
  readonly messages: RemoteDiff[] = [];
  private readonly pending = new PendingDiff();
  private life = 0;
  private number = 0;
  private comers = 0;

  constructor(readonly id: string) {
    this.openAgain();
  }

  openAgain(): void {
    this.life += 1;
    this.number = this.life * NUMBERS_OF_A_LIFE;
  }

  change(chance: number): void {
    const [first] = this.members.values();
    if (first === undefined || chance < 0.2) this.join();
    else if (chance < 0.35) this.leave(first);
    else this.pending.update(first, first.update({ [`k${Math.floor(chance * 20) % 3}`]: chance }));
  }

  flush(): void {
    for (const part of this.pending.take(2)) {
      this.number += 1;
      this.messages.push(JSON.parse(presenceMessage(this.id, this.number, part)) as RemoteDiff);
    }
    if (this.members.size === 0) this.openAgain();
  }

  /** As the hash has it; undefined: nobody is there. */
  told(): ToldPart | undefined {
    if (this.members.size === 0) return undefined;
    this.pending.noteSnapshot();
    const users = [...this.members.values()].map(({ text }) => JSON.parse(text) as PresentConnection);
    return { instanceId: this.id, number: this.number, users };
  }

  private join(): void {
    this.comers += 1;
    const connectionId = `${this.id}-${this.comers}`;
    const member = new Member({
      connectionId,
      userId: connectionId,
      name: 'n',
      joinedAt: '2026-01-01T00:00:00Z',
    });
    this.members.set(connectionId, member);
    this.pending.join(member);
  }

  private leave(member: Member): void {
    this.members.delete(member.identity.connectionId);
    this.pending.leave(member);
  }
}

/** A client that applies what the parts say has changed. */
class Reader {
  readonly seen = new Map<string, string>();
  readonly parts = new RemoteParts({
    join: (member) => void this.seen.set(member.identity.connectionId, member.text),
    leave: (member) => void this.seen.delete(member.identity.connectionId),
    update: (member) => void this.seen.set(member.identity.connectionId, member.text),
  });
}

const byId = (texts: readonly string[]): PresentConnection[] =>
  texts
    .map((text) => JSON.parse(text) as PresentConnection)
    .sort((a, b) => a.connectionId.localeCompare(b.connectionId));

describe('RemoteParts', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))(
    'ends with exactly who is there, whatever was lost or read too early (seed %i)',
    (seed) => {
      const random = new Random(seed);
      const next = (): number => random.fraction();
      const tellers = [new Teller('a'), new Teller('b')];
      const reader = new Reader();
      let hash: ToldPart[] = [];

      for (let step = 0; step < 400; step += 1) {
        const teller = tellers[step % 2] ?? new Teller('none');
        teller.change(next());
        if (next() < 0.5) teller.flush();
        // The hash is written late, and messages are lost.
        if (next() < 0.3) hash = tellers.flatMap((one) => one.told() ?? []);
        for (const message of teller.messages.splice(0)) if (next() < 0.85) reader.parts.apply(message);
        if (next() < 0.1) reader.parts.replace(hash, reader.parts.moment);
      }
      for (const teller of tellers) teller.flush();
      reader.parts.replace(
        tellers.flatMap((one) => one.told() ?? []),
        reader.parts.moment,
      );

      const there = tellers.flatMap(({ members }) => [...members.values()].map(({ text }) => text));
      expect(byId([...reader.seen.values()])).toEqual(byId(there));
      expect(byId([...reader.parts.members()].map(({ text }) => text))).toEqual(byId(there));
    },
  );

  it('holds changes back behind one that is missing, and applies them when it has read the whole', () => {
    const teller = new Teller('a');
    const reader = new Reader();
    for (let n = 0; n < 3; n += 1) {
      teller.change(0.1);
      teller.flush();
    }
    const [first, , third] = teller.messages;
    if (first === undefined || third === undefined) throw new TypeError('three messages were made');

    expect([reader.parts.apply(first), reader.parts.apply(third)]).toEqual([true, false]);
    expect([...reader.seen.keys()]).toEqual(['a-1']);
    const told = teller.told();
    expect(reader.parts.replace(told === undefined ? [] : [told], reader.parts.moment)).toBe(true);

    expect([...reader.seen.keys()].sort()).toEqual(['a-1', 'a-2', 'a-3']);
    reader.parts.drop('a');
    expect(reader.seen.size).toBe(0);
  });

  it('keeps who is there when the numbers of a life run into those of the next one', () => {
    const teller = new Teller('a');
    const reader = new Reader();
    teller.change(0.1);
    teller.flush();
    const told = teller.told();
    const last = 2 * NUMBERS_OF_A_LIFE - 1;
    reader.parts.replace(told === undefined ? [] : [{ ...told, number: last }], reader.parts.moment);

    const more = [1, 2, 3].map((n) => ({ from: 'a', number: last + n, joins: [], leaves: [], updates: [] }));

    expect(more.map((diff) => reader.parts.apply(diff))).toEqual([true, true, true]);
    expect([...reader.seen.keys()]).toEqual(['a-1']);
  });

  it('is behind when an instance says that it is further, until the whole is read', () => {
    const teller = new Teller('a');
    const reader = new Reader();
    for (let n = 0; n < 2; n += 1) {
      teller.change(0.1);
      teller.flush();
    }
    const [first, second] = teller.messages;
    if (first === undefined || second === undefined) throw new TypeError('two messages were made');
    reader.parts.apply(first);

    expect([first, second].map(({ number }) => reader.parts.note('a', number))).toEqual([true, false]);
    expect(reader.parts.replace([{ instanceId: 'a', number: first.number, users: [] }], 9)).toBe(false);
    const told = teller.told();
    expect(reader.parts.replace(told === undefined ? [] : [told], reader.parts.moment)).toBe(true);

    expect(reader.seen.size).toBe(2);
  });
});
