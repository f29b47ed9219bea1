import { type Wish, Wishes } from './wishes.js';

/** Wishes that are fulfilled when the test likes. */
class Scene {
  readonly begun: string[] = [];
  private readonly ends: (() => void)[] = [];
  private readonly wishes = new Wishes<string>();

  make(label: string): Promise<string> {
    return this.wishes.make('ann 7', async (wish: Wish) => {
      this.begun.push(label);
      await new Promise<void>((resolve) => this.ends.push(resolve));
      return `${label}${wish.isGivenUp ? ' given up' : ''}`;
    });
  }

  giveUp(): boolean {
    return this.wishes.giveUp('ann 7');
  }

  endNext(): void {
    this.ends.shift()?.();
  }
}

describe('Wishes', () => {
  it('ends one that was given up before it begins the next', async () => {
    const scene = new Scene();
    const first = scene.make('first');
    scene.giveUp();
    const second = scene.make('second');
    expect(scene.begun).toEqual(['first']);

    scene.endNext();
    expect(await first).toBe('first given up');
    await new Promise((resolve) => setImmediate(resolve));
    expect(scene.begun).toEqual(['first', 'second']);
    scene.endNext();

    expect(await second).toBe('second');
    expect(scene.giveUp()).toBe(false);
  });

  it('answers who asks twice once, and gives both up together', async () => {
    const scene = new Scene();
    const both = [scene.make('first'), scene.make('again')];

    expect(scene.giveUp()).toBe(true);
    scene.endNext();

    expect(await Promise.all(both)).toEqual(['first given up', 'first given up']);
    expect(scene.begun).toEqual(['first']);
  });
});
