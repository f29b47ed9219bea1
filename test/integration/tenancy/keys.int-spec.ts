import { sql } from '../../../src/kernel/sql.js';
import { type CallerIdentity, type HeldKey, KEY_REVOKED } from '../../../src/tenancy/index.js';
import { parseApiKey } from '../../../src/tenancy/api-key.js';
import { FakeClock } from '../../support/fake-clock.js';
import { tenancyOn, type TenancyInstance } from '../../support/tenancy.js';
import { useTestDatabase } from '../../support/test-database.js';

const pg = useTestDatabase();
const INVALID = { code: 'TENANCY_KEY_INVALID' };

let clock: FakeClock;
let one: TenancyInstance;
let other: TenancyInstance;
let count = 0;

/** A tenant of the test's own, as its first admin. */
async function newTenant(): Promise<CallerIdentity & { readonly key: string }> {
  count += 1;
  const [home] = await pg.db.query<{ id: string }>(sql`SELECT id FROM tenants WHERE slug = 'default'`);
  const operator = { tenantId: home?.id ?? '', keyId: 'test', role: 'admin', isOperator: true } as const;
  const { id, adminKey } = await one.tenants.create(operator, { slug: `tenant-${count}`, name: 'Test' });
  return { tenantId: id, keyId: adminKey.id, role: 'admin', isOperator: false, key: adminKey.key };
}

async function holdingOf(key: string): Promise<HeldKey> {
  const shown = await other.authenticator.examine(key);
  if (shown.state !== 'usable') throw new Error(`The key is ${shown.state}.`);
  return shown.held;
}

beforeEach(() => {
  clock = new FakeClock();
  one = tenancyOn(pg.db, clock);
  other = tenancyOn(pg.db, clock);
});

describe('API keys on PostgreSQL', () => {
  it('opens what it was made for, and stores no secret', async () => {
    const admin = await newTenant();

    const made = await one.apiKeys.create(admin, { name: 'Reader', role: 'viewer' });

    const caller = await other.authenticator.authenticate(made.key);
    expect(caller).toEqual({ tenantId: admin.tenantId, keyId: made.id, role: 'viewer', isOperator: false });
    const stored = await pg.db.query(
      sql`SELECT k::text AS text FROM api_keys AS k UNION ALL SELECT a::text FROM audit_entries AS a`,
    );
    expect(JSON.stringify(stored)).not.toContain(made.key.split('_')[2]);
  });

  it('refuses a wrong secret, an unknown id and a malformed key alike', async () => {
    const { key } = await newTenant();
    const [prefix, id] = key.split('_');

    for (const wrong of [
      `${prefix}_${id}_${'x'.repeat(50)}`,
      `plim_nobody_${'x'.repeat(50)}`,
      'plim_x',
      '',
    ]) {
      await expect(one.authenticator.authenticate(wrong)).rejects.toMatchObject(INVALID);
    }
  });

  it('refuses a key from the moment of its expiry on', async () => {
    const admin = await newTenant();
    const expiresAt = new Date(clock.now().getTime() + 1_000);
    const { key } = await one.apiKeys.create(admin, { name: 'Short', role: 'viewer', expiresAt });
    await one.authenticator.authenticate(key);

    await clock.advance(1_000);

    await expect(one.authenticator.authenticate(key)).rejects.toMatchObject(INVALID);
  });

  it('tells those who show a key to keep it whether it works, is expired, or is none', async () => {
    const admin = await newTenant();
    const expiresAt = new Date(clock.now().getTime() + 1_000);
    const { id, key } = await one.apiKeys.create(admin, { name: 'Short', role: 'editor', expiresAt });

    const shown = await other.authenticator.examine(key);
    await clock.advance(1_000);

    const caller = { tenantId: admin.tenantId, keyId: id, role: 'editor', isOperator: false };
    expect(shown).toMatchObject({ state: 'usable', held: { caller, name: 'Short', expiresAt } });
    expect(await other.authenticator.examine(key)).toEqual({ state: 'expired' });
    expect(await other.authenticator.examine(`plim_${id}_${'x'.repeat(50)}`)).toEqual({ state: 'invalid' });
  });

  it('tells of keys in use which are lost, at once here and by a look at the table elsewhere', async () => {
    const admin = await newTenant();
    const made = await one.apiKeys.create(admin, { name: 'Held', role: 'viewer' });
    const kept = await holdingOf(admin.key);
    const held = await holdingOf(made.key);
    const told: unknown[] = [];
    one.events.subscribe(KEY_REVOKED, (revoked) => told.push(revoked));
    expect(await other.held.lost([kept, held])).toEqual([]);

    await one.apiKeys.revoke(admin, made.id);

    expect(told).toEqual([{ tenantId: admin.tenantId, keyId: made.id }]);
    expect(await other.held.lost([kept, held])).toEqual([held]);
    expect(await other.authenticator.examine(made.key)).toMatchObject({ state: 'usable' });
    other.held.forget(made.id);
    expect(await other.authenticator.examine(made.key)).toEqual({ state: 'invalid' });
    const rotated = { ...kept, secretHash: Buffer.alloc(32) };
    expect(await one.held.lost([kept, rotated])).toEqual([rotated]);
  });

  it('refuses to make a key that is expired already', async () => {
    const making = one.apiKeys.create(await newTenant(), {
      name: 'Late',
      role: 'viewer',
      expiresAt: clock.now(),
    });

    await expect(making).rejects.toMatchObject({ code: 'TENANCY_EXPIRY_IN_PAST' });
  });

  it('lists keys newest first, page by page, each once', async () => {
    const admin = await newTenant();
    for (const name of ['a', 'b', 'c']) await one.apiKeys.create(admin, { name, role: 'viewer' });

    const first = await one.apiKeys.list(admin, { limit: 2 });
    const second = await one.apiKeys.list(admin, { limit: 2, cursor: first.nextCursor ?? '' });

    expect([...first.items, ...second.items].map(({ name }) => name)).toEqual([
      'c',
      'b',
      'a',
      'First admin key',
    ]);
    expect(second.nextCursor).toBeNull();
  });
});

describe('revoking an API key', () => {
  it('counts at once on this instance and within 5 s on another', async () => {
    const admin = await newTenant();
    const { id, key } = await one.apiKeys.create(admin, { name: 'Gone', role: 'viewer' });
    await Promise.all([one.authenticator.authenticate(key), other.authenticator.authenticate(key)]);

    await one.apiKeys.revoke(admin, id);

    await expect(one.authenticator.authenticate(key)).rejects.toMatchObject(INVALID);
    await clock.advance(5_000);
    await expect(other.authenticator.authenticate(key)).rejects.toMatchObject(INVALID);
  });

  it('changes nothing the second time, and is audited once', async () => {
    const admin = await newTenant();
    const { id } = await one.apiKeys.create(admin, { name: 'Gone', role: 'viewer' });
    const first = await one.apiKeys.revoke(admin, id);
    await clock.advance(60_000);

    const second = await one.apiKeys.revoke(admin, id);

    expect(second).toEqual(first);
    const { items } = await one.audit.list(admin.tenantId, { limit: 10 });
    expect(items.map(({ action }) => action)).toEqual(['key.revoked', 'key.created', 'key.created']);
  });

  it('leaves an admin key that never expires, whatever others there are', async () => {
    const admin = await newTenant();
    const expiresAt = new Date(clock.now().getTime() + 60_000);
    const { id } = await one.apiKeys.create(admin, { name: 'Short', role: 'admin', expiresAt });

    await expect(one.apiKeys.revoke(admin, admin.keyId)).rejects.toMatchObject({
      code: 'TENANCY_LAST_ADMIN_KEY',
    });
    expect((await one.apiKeys.revoke(admin, id)).revokedAt).not.toBeNull();
  });

  it('does not find the key of another tenant, nor an unknown one', async () => {
    const [mine, theirs] = [await newTenant(), await newTenant()];

    await expect(one.apiKeys.revoke(mine, theirs.keyId)).rejects.toMatchObject({
      code: 'TENANCY_KEY_NOT_FOUND',
    });
    await expect(one.apiKeys.revoke(mine, 'nobody')).rejects.toMatchObject({ code: 'TENANCY_KEY_NOT_FOUND' });
    expect((await one.authenticator.authenticate(theirs.key)).keyId).toBe(theirs.keyId);
  });

  it('leaves one admin key when two admins revoke each other at once', async () => {
    for (let round = 0; round < 10; round += 1) {
      const admin = await newTenant();
      const { id } = await one.apiKeys.create(admin, { name: 'Second', role: 'admin' });
      const second = { ...admin, keyId: id };

      const outcomes = await Promise.allSettled([
        one.apiKeys.revoke(admin, id),
        other.apiKeys.revoke(second, admin.keyId),
      ]);

      const refused = outcomes.flatMap((outcome) =>
        outcome.status === 'rejected' ? [outcome.reason as unknown] : [],
      );
      expect(refused).toEqual([expect.objectContaining({ code: 'TENANCY_LAST_ADMIN_KEY' })]);
    }
  });

  it('does not count an expired key as the other admin key', async () => {
    const admin = await newTenant();
    const expiresAt = new Date(clock.now().getTime() + 1_000);
    await one.apiKeys.create(admin, { name: 'Short', role: 'admin', expiresAt });
    await clock.advance(1_000);

    await expect(one.apiKeys.revoke(admin, admin.keyId)).rejects.toMatchObject({
      code: 'TENANCY_LAST_ADMIN_KEY',
    });
  });
});

describe('the last use of a key', () => {
  const lastUses = (id: string) =>
    pg.db.query<{ at: Date | null }>(sql`SELECT last_used_at AS at FROM api_keys WHERE id = ${id}`);

  it('is written in the background, at most once a minute', async () => {
    const { key, keyId } = await newTenant();
    await one.authenticator.authenticate(key);
    const firstUse = clock.now();
    await one.lastUse.write();
    await clock.advance(30_000);
    await other.authenticator.authenticate(key);
    await other.lastUse.write();
    const [early] = await lastUses(keyId);
    await clock.advance(30_000);
    await other.authenticator.authenticate(key);
    await other.lastUse.write();

    expect(early?.at).toEqual(firstUse);
    expect(await lastUses(keyId)).toEqual([{ at: clock.now() }]);
  });

  it('is not lost when writing fails', async () => {
    const { key, keyId } = await newTenant();
    await one.authenticator.authenticate(key);
    await pg.db.query(sql`ALTER TABLE api_keys RENAME COLUMN last_used_at TO hidden`);

    const failed = await one.lastUse.write().then(
      () => false,
      () => true,
    );
    await pg.db.query(sql`ALTER TABLE api_keys RENAME COLUMN hidden TO last_used_at`);
    await one.lastUse.write();

    expect(failed).toBe(true);
    expect(await lastUses(keyId)).toEqual([{ at: clock.now() }]);
  });
});

describe('the audit trail', () => {
  it.each(['UPDATE audit_entries SET actor = NULL', 'DELETE FROM audit_entries', 'TRUNCATE audit_entries'])(
    'refuses %s',
    async (statement) => {
      const change = sql([statement] as unknown as TemplateStringsArray);

      await expect(pg.db.query(change)).rejects.toThrow('append-only');
    },
  );
});

describe('the configured admin key', () => {
  const parse = (text: string) => parseApiKey(text) ?? { id: '', secretHash: Buffer.alloc(32) };
  const keyOf = (id: string, letter: string) => `plim_${id}_${letter.repeat(40)}`;

  it('is created once, also by two instances at once', async () => {
    const given = parse(keyOf('env-1', 'a'));

    const outcomes = await Promise.all([one.configured.ensure(given), other.configured.ensure(given)]);

    expect(outcomes.sort()).toEqual(['created', 'present']);
    expect(await one.authenticator.authenticate(keyOf('env-1', 'a'))).toMatchObject({ isOperator: true });
  });

  it('takes a new secret from the environment, which lifts a revocation', async () => {
    await one.configured.ensure(parse(keyOf('env-2', 'a')));
    const caller = await one.authenticator.authenticate(keyOf('env-2', 'a'));
    await one.apiKeys.create(caller, { name: 'Other', role: 'admin' });
    await one.apiKeys.revoke(caller, 'env-2');

    expect(await one.configured.ensure(parse(keyOf('env-2', 'a')))).toBe('present but unusable');
    expect(await one.configured.ensure(parse(keyOf('env-2', 'b')))).toBe('rotated');

    await expect(other.authenticator.authenticate(keyOf('env-2', 'a'))).rejects.toMatchObject(INVALID);
    expect(await other.authenticator.authenticate(keyOf('env-2', 'b'))).toMatchObject({ keyId: 'env-2' });
  });

  it('is refused when its id is the key of somebody else', async () => {
    const { keyId } = await newTenant();

    await expect(one.configured.ensure(parse(keyOf(keyId, 'a')))).rejects.toMatchObject({
      code: 'TENANCY_ADMIN_KEY_CONFLICT',
    });
  });
});
