import { Random } from '../../../test/support/random.js';
import type { AlertState, InstanceState, Observation } from '../model/alert.js';
import type { RulePolicy } from '../model/rule.js';
import { changeShare } from './flapping.js';
import { advance, type Advance, end } from './state-machine.js';

const EVERY_MS = 5_000;
const START = Date.parse('2026-01-01T00:00:00Z');
const AT_ONCE: RulePolicy = { forMs: 0, keepFiringMs: 0, missingData: 'no-data' };
const OUTCOMES = ['bad', 'between', 'well', 'missing', 'error'] as const;

type Outcome = Observation['outcome'];

interface Step extends Advance {
  readonly before: InstanceState | undefined;
  readonly outcome: Outcome;
  readonly at: Date;
}

/** One evaluation every five seconds. */
function run(outcomes: readonly Outcome[], policy: RulePolicy = AT_ONCE): Step[] {
  let before: InstanceState | undefined;
  return outcomes.map((outcome, index) => {
    const at = new Date(START + index * EVERY_MS);
    const step = { before, outcome, at, ...advance(before, { outcome }, policy, at) };
    before = step.next;
    return step;
  });
}

const statesOf = (steps: readonly Step[]): AlertState[] => steps.map(({ next }) => next.state);
const told = (steps: readonly Step[]): string[] => steps.flatMap(({ transition }) => transition ?? []);

/** Short for outcomes: b(ad), w(ell), = between, . missing, ! error. */
function outcomes(text: string): Outcome[] {
  const names = { b: 'bad', w: 'well', '=': 'between', '.': 'missing', '!': 'error' } as const;
  return Array.from(text, (letter) => names[letter as keyof typeof names]);
}

describe('the life of an alert', () => {
  it('fires after the hold time, and is resolved after it was well for long enough', () => {
    const steps = run(outcomes('wbbbbwwww'), { ...AT_ONCE, forMs: 10_000, keepFiringMs: 10_000 });

    expect(statesOf(steps)).toEqual([
      'normal',
      'pending',
      'pending',
      'firing',
      'firing',
      'recovering',
      'recovering',
      'normal',
      'normal',
    ]);
    expect(told(steps)).toEqual(['firing', 'resolved']);
  });

  it('fires and is resolved at once without hold times', () => {
    expect(told(run(outcomes('wbw')))).toEqual(['firing', 'resolved']);
  });

  it('forgets what was pending as soon as it is well', () => {
    expect(told(run(outcomes('bbwbbwbbw'), { ...AT_ONCE, forMs: 10_000 }))).toEqual([]);
  });

  it('keeps what is between the levels, on both sides', () => {
    expect(statesOf(run(outcomes('==b==w==')))).toEqual([
      'normal',
      'normal',
      'firing',
      'firing',
      'firing',
      'normal',
      'normal',
      'normal',
    ]);
  });

  it.each([
    ['ok', ['normal', 'normal']],
    ['keep', ['firing', 'firing']],
    ['no-data', ['no-data', 'no-data']],
    ['fire', ['firing', 'firing']],
  ] as const)('makes of missing data what the policy %s says', (missingData, states) => {
    expect(statesOf(run(outcomes('b..'), { ...AT_ONCE, missingData })).slice(1)).toEqual(states);
  });

  it('does not fire at once for want of data: the hold time holds for the policy fire, too', () => {
    expect(statesOf(run(outcomes('w...'), { forMs: 10_000, keepFiringMs: 0, missingData: 'fire' }))).toEqual([
      'normal',
      'pending',
      'pending',
      'firing',
    ]);
  });

  it.each(['.', '!'])(
    'neither fires nor is resolved while nobody knows (%s), and goes on afterwards',
    (unknown) => {
      expect(told(run(outcomes(`${unknown}${unknown}b${unknown}${unknown}${unknown}b`)))).toEqual(['firing']);
      expect(told(run(outcomes(`b${unknown}${unknown}w`)))).toEqual(['firing', 'resolved']);
    },
  );

  it('leaves the time nobody knows of out of the hold time', () => {
    const policy = { ...AT_ONCE, forMs: 20_000 };

    expect(statesOf(run(outcomes('bbb......bb'), policy)).slice(-2)).toEqual(['pending', 'firing']);
    expect(statesOf(run(outcomes('bbbbb'), policy)).at(-1)).toBe('firing');
    expect(statesOf(run(outcomes('b.!.!b'), policy)).at(-1)).toBe('pending');
  });

  it('begins to recover anew after nobody knew', () => {
    expect(statesOf(run(outcomes('bw!ww'), { ...AT_ONCE, keepFiringMs: 10_000 }))).toEqual([
      'firing',
      'recovering',
      'error',
      'recovering',
      'recovering',
    ]);
  });

  it('ends when its rule ends, and tells it only of what fired', () => {
    const [firing] = run(outcomes('b'));
    const [pending] = run(outcomes('b'), { ...AT_ONCE, forMs: 60_000 });

    expect([firing, pending].map((step) => step && end(step.next, step.at).transition)).toEqual([
      'resolved',
      null,
    ]);
  });
});

describe('flapping', () => {
  const HOUR = 3_600_000 / EVERY_MS;

  it('weighs changes as Nagios does', () => {
    expect(changeShare('')).toBe(0);
    expect(changeShare('01'.repeat(10) + '0')).toBeCloseTo(1);
    // Newest and oldest change of the last 21.
    expect(changeShare(`${'0'.repeat(20)}1`)).toBeCloseTo(1.25 / 20);
    expect(changeShare(`1${'0'.repeat(20)}`)).toBeCloseTo(0.75 / 20);
    expect(changeShare('01')).toBeCloseTo(1.25 / 20);
  });

  it.each([1, 2, 3, 4, 5, 6])(
    'tells of an hour with a change every %i evaluations in six messages at most',
    (pace) => {
      const hour = Array.from({ length: HOUR }, (_, index): Outcome =>
        index % (2 * pace) < pace ? 'well' : 'bad',
      );
      const after = outcomes('w'.repeat(21));

      const messages = told(run([...outcomes('w'.repeat(21)), ...hour, ...after]));

      expect(messages.length).toBeLessThanOrEqual(6);
      expect(messages.filter((message) => message === 'flapping').length).toBeLessThanOrEqual(1);
      expect(messages.at(-1)).toBe('resolved');
    },
  );

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'tells of an hour of chance (seed %i) in six messages at most',
    (seed) => {
      const random = new Random(seed);
      const hour = Array.from({ length: HOUR }, (): Outcome => (random.fraction() < 0.5 ? 'bad' : 'well'));
      const changes = hour.filter((outcome, index) => outcome !== (hour[index - 1] ?? 'well')).length;

      const messages = told(run(hour));

      // Before it can be known that it flaps, some are told; they are not multiplied by the length of the hour.
      expect(messages.length).toBeLessThanOrEqual(6);
      expect(changes / messages.length).toBeGreaterThan(50);
    },
  );

  it('tells the true state when it is steady again, if that was not told last', () => {
    const flapping = outcomes('w'.repeat(21) + 'bw'.repeat(20));

    expect(told(run([...flapping, ...outcomes('w'.repeat(21))])).slice(-2)).toEqual(['flapping', 'resolved']);
    expect(told(run([...flapping, ...outcomes('b'.repeat(21))])).at(-1)).toBe('flapping');
    expect(told(run([...flapping, ...outcomes('b'.repeat(21) + 'w')])).slice(-2)).toEqual([
      'flapping',
      'resolved',
    ]);
  });

  it('says nothing of what is bad too briefly to fire', () => {
    expect(told(run(outcomes('bw'.repeat(400)), { ...AT_ONCE, forMs: 60_000 }))).toEqual([]);
  });
});

interface Lived extends Step {
  readonly policy: RulePolicy;
  /** Whether receivers believe that it fires. */
  readonly isTold: boolean;
  readonly isUnknown: boolean;
}

const since = (from: Date | null | undefined, at: Date): number => at.getTime() - (from?.getTime() ?? 0);

/** What never happens: an alert that does it wakes people for nothing, or not at all. */
const FAULTS: Readonly<Record<string, (step: Lived) => boolean>> = {
  'told what nobody knows': ({ isUnknown, transition }) => isUnknown && transition !== null,
  'forgot that it fires': ({ isUnknown, before, next }) =>
    isUnknown && before?.startsAt?.getTime() !== next.startsAt?.getTime(),
  'told twice that it fires': ({ isTold, transition }) => isTold && transition === 'firing',
  'resolved what was not told': ({ isTold, transition }) => !isTold && transition === 'resolved',
  'flapping out of nothing': ({ isTold, transition }) => !isTold && transition === 'flapping',
  'told while it flaps': ({ before, next, transition }) =>
    before?.isFlapping === true && next.isFlapping && transition !== null,
  'fired too soon': ({ next, at, transition, policy }) =>
    transition === 'firing' && since(next.breachedSince, at) < policy.forMs,
  'resolved too soon': ({ before, at, transition, policy }) =>
    transition === 'resolved' &&
    policy.keepFiringMs > 0 &&
    since(before?.stateSince, at) < policy.keepFiringMs,
  'fires without a beginning': ({ next }) =>
    !isUnknownState(next) && isActive(next) !== (next.startsAt !== null),
  'what fires and what was told differ': ({ isTold, transition, next }) =>
    (transition === 'firing' || (isTold && transition !== 'resolved')) !== (next.startsAt !== null),
};

function faultsOf(steps: readonly Step[], policy: RulePolicy): string[] {
  let isTold = false;
  return steps.flatMap((step) => {
    const { outcome, transition } = step;
    const isSilent = policy.missingData === 'keep' || policy.missingData === 'no-data';
    const isUnknown = outcome === 'error' || (outcome === 'missing' && isSilent);
    const lived = { ...step, policy, isTold, isUnknown };
    if (transition === 'firing') isTold = true;
    if (transition === 'resolved') isTold = false;
    return Object.entries(FAULTS).flatMap(([fault, isThere]) => (isThere(lived) ? [fault] : []));
  });
}

function isActive({ state }: InstanceState): boolean {
  return state === 'firing' || state === 'recovering';
}

function isUnknownState({ state }: InstanceState): boolean {
  return state === 'no-data' || state === 'error';
}

describe('laws of the life of an alert', () => {
  const random = new Random(6);
  const randomPolicy = (): RulePolicy => ({
    forMs: random.of([0, 0, 5_000, 20_000]),
    keepFiringMs: random.of([0, 0, 5_000, 20_000]),
    missingData: random.of(['ok', 'keep', 'no-data', 'fire']),
  });
  const randomRun = (): Outcome[] => {
    const stay = random.fraction();
    let last: Outcome = 'well';
    return Array.from({ length: 150 }, () => (last = random.fraction() < stay ? last : random.of(OUTCOMES)));
  };

  it('hold for 2,000 random lives', () => {
    let messages = 0;
    for (let life = 0; life < 2_000; life += 1) {
      const policy = randomPolicy();
      const steps = run(randomRun(), policy);

      expect(faultsOf(steps, policy)).toEqual([]);
      messages += told(steps).length;
    }
    expect(messages).toBeGreaterThan(5_000);
  });

  it('would show an alert that is resolved by an error, and one that is told twice', () => {
    const [first, second] = run(outcomes('b!'));
    if (first === undefined || second === undefined) throw new TypeError('two steps');

    expect(faultsOf([first, { ...second, ...end(first.next, second.at) }], AT_ONCE)).toContain(
      'told what nobody knows',
    );
    expect(faultsOf([first, { ...first, transition: 'firing' }], AT_ONCE)).toContain(
      'told twice that it fires',
    );
  });
});
