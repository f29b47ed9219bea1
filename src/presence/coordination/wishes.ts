/** A wish for a place on its way. */
export interface Wish {
  /** Its holder is gone, or does not want it any more. */
  readonly isGivenUp: boolean;
}

interface Pending<Answer> {
  readonly wish: { isGivenUp: boolean };
  readonly answer: Promise<Answer>;
}

/**
 * Wishes for places, those of one name one after the other: a wish that was given up frees what it has got before the
 * next one is asked, or it would take away what that one gets.
 */
export class Wishes<Answer> {
  private readonly pending = new Map<string, Pending<Answer>>();

  /**
   * Who asks twice gets one answer.
   * @param fulfil ends when nothing of the wish is under way any more
   */
  make(name: string, fulfil: (wish: Wish) => Promise<Answer>): Promise<Answer> {
    const before = this.pending.get(name);
    if (before?.wish.isGivenUp === false) return before.answer;
    const wish = { isGivenUp: false };
    const answer = (before === undefined ? fulfil(wish) : follow(before.answer, () => fulfil(wish))).finally(
      () => {
        if (this.pending.get(name)?.wish === wish) this.pending.delete(name);
      },
    );
    this.pending.set(name, { wish, answer });
    return answer;
  }

  /** @returns whether there was one */
  giveUp(name: string): boolean {
    const pending = this.pending.get(name);
    if (pending !== undefined) pending.wish.isGivenUp = true;
    return pending !== undefined;
  }
}

async function follow<Answer>(before: Promise<Answer>, begin: () => Promise<Answer>): Promise<Answer> {
  await Promise.allSettled([before]);
  return begin();
}
