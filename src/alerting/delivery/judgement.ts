import type { AlertSnapshot } from '../model/alert.js';
import type { ToldTransition } from './message.js';

/** A row that waits, with what is known of its alert at the receiver. */
export interface Candidate {
  readonly id: string;
  readonly dedupKey: string;
  readonly groupKey: string;
  readonly transition: ToldTransition;
  readonly alert: AlertSnapshot;
  readonly startsAt: Date;
  /** Of earlier rows of the alert; null: it has none. */
  readonly incident: string | null;
  /** The receiver was told that it fires, or may have been. */
  readonly isTold: boolean;
  /** Something earlier of the alert is on its way in another message. */
  readonly isBlocked: boolean;
}

/** What becomes of candidates. Each is in one of the lists. */
export interface Judgement {
  readonly told: readonly Candidate[];
  /** Over before they were told. */
  readonly collapsed: readonly Candidate[];
  readonly dropped: readonly Candidate[];
  /** Go on waiting: muted ones until nothing mutes them, blocked ones until what is before them is told. */
  readonly muted: readonly Candidate[];
  readonly blocked: readonly Candidate[];
}

/** What decides beside the candidates. */
export interface JudgementRules {
  readonly sendsResolved: boolean;
  readonly isMuted: (alert: AlertSnapshot) => boolean;
}

type Verdict = keyof Judgement;

/** Decides what is told. @param candidates in the order in which they came */
export function judge(candidates: readonly Candidate[], rules: JudgementRules): Judgement {
  const verdicts = new Map<Candidate, Verdict>();
  // A row that waits keeps later ones of the same alert waiting, also those of its next life.
  const held = new Map<string, Verdict>();
  for (const life of livesOf(candidates)) {
    for (const row of life) {
      const own = verdictOf(row, life, rules);
      const verdict = isSettled(own) ? own : (held.get(row.alert.fingerprint) ?? own);
      verdicts.set(row, verdict);
      if (verdict === 'muted' || verdict === 'blocked') held.set(row.alert.fingerprint, verdict);
    }
  }
  const of = (verdict: Verdict): Candidate[] => candidates.filter((row) => verdicts.get(row) === verdict);
  return {
    told: of('told'),
    collapsed: of('collapsed'),
    dropped: of('dropped'),
    muted: of('muted'),
    blocked: of('blocked'),
  };
}

function isSettled(verdict: Verdict): boolean {
  return verdict === 'collapsed' || verdict === 'dropped';
}

/** All candidates of one alert, from when it began to fire to its end; in the order in which they came. */
function livesOf(candidates: readonly Candidate[]): Iterable<readonly Candidate[]> {
  const lives = new Map<string, Candidate[]>();
  for (const candidate of candidates) {
    const life = `${candidate.alert.fingerprint}@${candidate.startsAt.getTime()}`;
    const rows = lives.get(life);
    if (rows === undefined) lives.set(life, [candidate]);
    else rows.push(candidate);
  }
  return lives.values();
}

function verdictOf(
  row: Candidate,
  life: readonly Candidate[],
  { sendsResolved, isMuted }: JudgementRules,
): Verdict {
  if (isOver(row, life)) return 'collapsed';
  if (row.transition === 'resolved' && !(sendsResolved && isExpected(row, life))) return 'dropped';
  if (row.isBlocked) return 'blocked';
  if (!isMuted(row.alert)) return 'told';
  // When nothing mutes it any more, the next reminder comes by itself.
  return row.transition === 'reminder' ? 'dropped' : 'muted';
}

/** It began and ended unheard; that it went to and fro is told in any case. */
function isOver({ transition }: Candidate, life: readonly Candidate[]): boolean {
  if (!hasOf(life, 'resolved')) return false;
  return transition === 'reminder' || (hasOf(life, 'firing') && !hasOf(life, 'flapping'));
}

/** Nobody is told of the end of what they never heard of. */
function isExpected({ isTold, isBlocked }: Candidate, life: readonly Candidate[]): boolean {
  return isTold || isBlocked || hasOf(life, 'firing');
}

function hasOf(life: readonly Candidate[], transition: ToldTransition): boolean {
  return life.some((row) => row.transition === transition);
}
