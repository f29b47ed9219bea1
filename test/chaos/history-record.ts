import type { ChaosWorker } from './chaos-worker.js';
import type { ChangeRecord, FromWorker, ReadRecord, ToWorker, WorkerFigures } from './messages.js';
import { monotonicMs } from './monotonic.js';
import type { FaultListener, Phase } from './redis-faults.js';
import { type CutOff, describeStaleRead, type StaleRead, StalenessJudge } from './staleness-judge.js';

/** A message is on its way for at most so long. */
const MESSAGE_MS = 50;
/** When Redis returns, everybody has joined and told what waited within this time. */
const RECOVERY_MS = 1_500;
const STORIES_TOLD = 5;
const STORY_CHANGES = 12;

/** Acknowledgements of a phase, by how far they reached. */
type Reaches = Record<'everywhere' | 'later', number>;

/** What came out of a run. */
export interface HistoryReport {
  readonly reads: number;
  readonly loads: number;
  readonly changes: number;
  readonly reachedIn: Readonly<Record<string, Reaches>>;
  readonly stale: Readonly<Record<'everywhere' | 'later', number>>;
  /** Would be stale, had their process been given the processor in time. */
  readonly excused: number;
  /** The first stale reads, with the history of their row. */
  readonly stories: readonly string[];
  readonly failed: number;
  readonly hanging: number;
  readonly slowestReadMs: number;
  readonly longestPauseMs: number;
  /** What processes complained of. */
  readonly complaints: readonly string[];
  readonly counters: Readonly<Record<string, number>>;
}

/** Hears what happens in a run, and judges each read when all that it had to see is known. */
export class HistoryRecord implements FaultListener {
  private readonly judge: StalenessJudge;
  private readonly phases: { readonly phase: Phase; readonly fromMs: number }[] = [];
  private readonly changes: ChangeRecord[] = [];
  private readonly reachedIn: Record<string, Reaches> = {};
  private readonly stale = { everywhere: 0, later: 0 };
  private readonly stories: StaleRead[] = [];
  private readonly toldUntilMs: number[];
  private readonly figures: WorkerFigures[] = [];
  private readonly complaints: string[] = [];
  private waiting: ReadRecord[] = [];
  private cutOff: CutOff | undefined;
  private untold: ChangeRecord[] = [];
  private ready = 0;
  private reads = 0;
  private excused = 0;

  constructor(
    private readonly processes: number,
    private readonly outageStaleMs: number,
    private readonly workerOf: (process: number) => ChaosWorker<ToWorker> | undefined,
  ) {
    this.judge = new StalenessJudge({ messageMs: MESSAGE_MS, outageStaleMs });
    this.toldUntilMs = Array.from({ length: processes }, () => 0);
  }

  began(phase: Phase): void {
    this.phases.push({ phase, fromMs: monotonicMs() });
  }

  returned(atMs: number): void {
    this.judge.noteReunion({ fromMs: atMs, untilMs: atMs + RECOVERY_MS });
  }

  cut(index: number, isPulled: boolean): void {
    const process = index % this.processes;
    this.workerOf(process)?.tell({ kind: 'cable', isPulled });
    if (isPulled) {
      this.cutOff = { process, fromMs: monotonicMs(), untilMs: Infinity };
      this.judge.noteCutOff(this.cutOff);
      return;
    }
    // It told nobody meanwhile what it invalidated; now it does.
    const toldAtMs = monotonicMs() + RECOVERY_MS;
    if (this.cutOff) this.cutOff.untilMs = toldAtMs;
    this.cutOff = undefined;
    for (const change of this.untold) {
      const acknowledgedAtMs = Math.max(change.acknowledgedAtMs, toldAtMs - this.outageStaleMs);
      this.judge.noteChange({ ...change, acknowledgedAtMs });
    }
    this.untold = [];
  }

  halt(index: number, isHalted: boolean): void {
    this.workerOf(index % this.processes)?.halt(isHalted);
  }

  hear(message: FromWorker, process: number): void {
    if (message.kind === 'ready') this.ready += 1;
    else if (message.kind === 'changed') this.noteChange(message.change);
    else if (message.kind === 'read') {
      this.waiting.push(...message.reads);
      this.toldUntilMs[process] = message.toldUntilMs;
      this.judgeUntil(Math.min(...this.toldUntilMs));
    } else if (message.kind === 'ended') this.figures.push(message.figures);
  }

  noteErrors(text: string): void {
    if (text !== '') this.complaints.push(text);
  }

  requireReady(): void {
    if (this.ready < this.processes)
      throw new Error(`${this.ready} of ${this.processes} processes are ready.`);
  }

  lacks(leastReads: number): boolean {
    return this.reads < leastReads;
  }

  report(loads: number): HistoryReport {
    this.judgeUntil(Infinity);
    const sum = (of: (figures: WorkerFigures) => number): number =>
      this.figures.reduce((total, figures) => total + of(figures), 0);
    const most = (of: (figures: WorkerFigures) => number): number => Math.max(...this.figures.map(of));
    const names = Object.keys(this.figures[0]?.counters ?? {});
    const missing = this.processes - this.figures.length;
    return {
      reads: this.reads,
      loads,
      changes: this.changes.length,
      reachedIn: this.reachedIn,
      stale: this.stale,
      excused: this.excused,
      stories: this.stories.map((stale) => this.tell(stale)),
      failed: sum(({ failed }) => failed),
      hanging: sum(({ hanging }) => hanging),
      slowestReadMs: Math.round(most(({ slowestReadMs }) => slowestReadMs)),
      longestPauseMs: Math.round(most(({ longestPauseMs }) => longestPauseMs)),
      complaints: [
        ...this.complaints,
        ...this.figures.flatMap(({ failures }) => failures),
        ...(missing > 0 ? [`${missing} processes did not end as told.`] : []),
      ],
      counters: Object.fromEntries(names.map((name) => [name, sum(({ counters }) => counters[name] ?? 0)])),
    };
  }

  private noteChange(change: ChangeRecord): void {
    const phase = this.phaseOf(change);
    this.changes.push(change);
    if (change.process === this.cutOff?.process && change.reach !== 'everywhere') {
      this.untold.push(change);
      return;
    }
    this.judge.noteChange(change, phase === 'quiet' ? 'everywhere' : 'later');
    if (change.reach === 'set') return;
    const reached = (this.reachedIn[phase] ??= { everywhere: 0, later: 0 });
    reached[change.reach === 'later' ? 'later' : 'everywhere'] += 1;
  }

  /** The phase in which all of a change took place. */
  private phaseOf({ beganAtMs, acknowledgedAtMs }: ChangeRecord): Phase | 'between' {
    const at = (ms: number): number => this.phases.findLastIndex(({ fromMs }) => fromMs <= ms);
    const first = at(beganAtMs);
    return (first === at(acknowledgedAtMs) ? this.phases[first]?.phase : undefined) ?? 'between';
  }

  private judgeUntil(knownUntilMs: number): void {
    const due = this.waiting.filter(({ startedAtMs }) => startedAtMs <= knownUntilMs);
    if (due.length === 0) return;
    this.waiting = this.waiting.filter(({ startedAtMs }) => startedAtMs > knownUntilMs);
    this.reads += due.length;
    for (const read of due) {
      const [breach] = this.judge.judge(read).toSorted((a, b) => Number(a.isExcused) - Number(b.isExcused));
      if (breach === undefined) continue;
      if (breach.isExcused) this.excused += 1;
      else {
        this.stale[breach.promised] += 1;
        if (this.stories.length < STORIES_TOLD) this.stories.push(breach);
      }
    }
  }

  private tell(stale: StaleRead): string {
    const { read, row } = stale;
    const since = (ms: number): string => `${(ms - read.startedAtMs).toFixed(1)} ms`;
    const phase = this.phases.findLast(({ fromMs }) => fromMs <= read.startedAtMs);
    const changes = this.changes
      .filter(({ rows, beganAtMs }) => rows.includes(row) && beganAtMs < read.startedAtMs + 500)
      .slice(-STORY_CHANGES)
      .map(
        ({ process, kind, version, beganAtMs, acknowledgedAtMs, reach, sequence }) =>
          `    ${since(beganAtMs)} to ${since(acknowledgedAtMs)}: process ${process} ${kind} -> version ${version}, ` +
          `${reach} #${sequence ?? '-'}`,
      );
    return [
      `${describeStaleRead(stale)}; applied #${read.applied}, ended after ${(read.endedAtMs - read.startedAtMs).toFixed(1)} ms, ` +
        `${phase?.phase ?? '?'} since ${since(phase?.fromMs ?? 0)}`,
      ...changes,
    ].join('\n');
  }
}
