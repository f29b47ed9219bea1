import { existsSync, readFileSync } from 'node:fs';
import pg from 'pg';

/** The database and its server, as far as an attack could change them. */
interface Snapshot {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly notifications: number;
  readonly isVictimAlive: boolean;
}

/** More than any harmless plan was seen to take. */
const MUCH_MEMORY_KB = 150_000;
const LONG_MS = 4_000;

/** Looks into the server for what a statement left there: nothing is concluded from its answer. */
export class EffectProbe {
  private notifications = 0;
  private isVictimAlive = true;
  /** After an attack without effects: nothing happens before the next one. */
  private known: Snapshot | undefined;

  private constructor(
    private readonly admin: pg.Client,
    private readonly victim: pg.Client,
    /** application_name of the sessions under attack. */
    private readonly attacked: string,
  ) {
    victim.on('notification', () => (this.notifications += 1));
    victim.on('error', () => (this.isVictimAlive = false));
  }

  static async open(url: string, attacked: string): Promise<EffectProbe> {
    const admin = new pg.Client({ connectionString: url, application_name: 'attack-probe' });
    const victim = new pg.Client({ connectionString: url, application_name: 'attack-victim' });
    await Promise.all([admin.connect(), victim.connect()]);
    await victim.query('LISTEN attack');
    return new EffectProbe(admin, victim, attacked);
  }

  async close(): Promise<void> {
    await Promise.all([this.admin.end(), this.victim.end().catch(() => undefined)]);
  }

  /** Runs `attack` and names what it changed; empty when nothing. */
  async effectsOf(attack: () => Promise<unknown>): Promise<readonly string[]> {
    const before = this.known ?? (await this.look());
    const memoryBefore = await this.memoryKb();
    const startedAt = performance.now();
    await attack();
    const tookMs = performance.now() - startedAt;
    const memory = (await this.memoryKb()) - memoryBefore;
    const after = await this.look();
    const changed = Object.keys(before.facts).filter((name) => before.facts[name] !== after.facts[name]);
    const effects = [
      ...changed,
      ...(after.notifications > before.notifications ? ['notification'] : []),
      ...(after.isVictimAlive ? [] : ['victim ended']),
      ...(tookMs > LONG_MS ? [`${Math.round(tookMs)} ms`] : []),
      ...(memory > MUCH_MEMORY_KB ? [`${Math.round(memory / 1_024)} MB`] : []),
    ];
    this.known = effects.length === 0 ? after : undefined;
    return effects;
  }

  private async look(): Promise<Snapshot> {
    // A round trip of the victim brings the notifications that were sent to it.
    await this.victim.query('SELECT 1').catch(() => (this.isVictimAlive = false));
    const { rows } = await this.admin.query<Record<string, unknown>>(
      `SELECT (SELECT count(*) FROM attack_log) AS log,
         (SELECT md5(string_agg(v::text, ',' ORDER BY id)) FROM victims v) AS rows,
         (SELECT last_value || is_called::text FROM attack_sequence) AS sequence,
         (SELECT count(*) FROM pg_class WHERE relpersistence <> 't' AND relnamespace = 'public'::regnamespace) AS relations,
         (SELECT count(*) FROM pg_largeobject_metadata) AS "large objects",
         (SELECT count(*) FROM pg_ls_dir('.') f WHERE f LIKE 'attack\\_' || current_database() || '%') AS files,
         (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) AS "advisory locks",
         (SELECT count(*) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE a.application_name = $1 AND a.datname = current_database() AND l.locktype = 'relation') AS "relation locks",
         (SELECT count(*) FROM pg_stat_activity WHERE application_name = 'attacked' AND datname = current_database()) AS "session setting",
         (SELECT count(*) FROM pg_stat_activity WHERE application_name = $1 AND state <> 'idle' AND datname = current_database()) AS "still running",
         (SELECT stats_reset::text FROM pg_stat_database WHERE datname = current_database()) AS statistics,
         (SELECT count(*) FROM pg_file_settings WHERE sourcefile LIKE '%auto.conf') AS "server setting",
         pg_conf_load_time()::text AS configuration`,
      [this.attacked],
    );
    const facts = Object.fromEntries(
      Object.entries(rows[0] ?? {}).map(([name, value]) => [name, String(value)]),
    );
    return { facts, notifications: this.notifications, isVictimAlive: this.isVictimAlive };
  }

  /** Most memory that the sessions under attack ever had; 0 where the machine does not tell. */
  private async memoryKb(): Promise<number> {
    const { rows } = await this.admin.query<{ pid: number }>(
      'SELECT pid FROM pg_stat_activity WHERE application_name IN ($1) AND datname = current_database()',
      [this.attacked],
    );
    return Math.max(0, ...rows.map(({ pid }) => peakOf(pid)));
  }
}

function peakOf(pid: number): number {
  const file = `/proc/${pid}/status`;
  return existsSync(file) ? Number(/VmHWM:\s+(\d+)/.exec(readFileSync(file, 'utf8'))?.[1] ?? 0) : 0;
}
