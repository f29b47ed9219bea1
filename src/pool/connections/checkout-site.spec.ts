import { captureSite, siteOf } from './checkout-site.js';

describe('siteOf', () => {
  it('takes the first frame that is neither library nor pool nor database, and its callers', () => {
    const root = `file://${process.cwd()}`;
    const site = siteOf(
      [
        'Error',
        `    at PooledConnections.take (${root}/src/pool/connections/pooled-connections.ts:10:5)`,
        `    at Database.session (${root}/src/platform/database/database.ts:99:3)`,
        `    at Transaction.prepareEnvironment (${process.cwd()}/node_modules/sequelize/lib/transaction.js:82:1)`,
        '    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)',
        `    at async Shop.order (${root}/src/shop/shop.ts:17:9)`,
        `    at async ${root}/src/main.ts:3:1`,
      ].join('\n'),
    );

    expect(site.at).toBe('src/shop/shop.ts:17');
    expect(site.stack).toHaveLength(2);
  });

  it('does without a frame of its own', () => {
    expect(siteOf('Error')).toEqual({ at: 'unknown', stack: [] });
    expect(siteOf('Error\n    at a (/x/node_modules/b/c.js:1:2)').at).toBe('/x/node_modules/b/c.js:1');
  });

  it('sees where it is called, and leaves the limit of stacks as it was', () => {
    const limit = Error.stackTraceLimit;
    const take = (): ReturnType<typeof captureSite> => captureSite(take);

    expect(take().at).toMatch(/checkout-site\.spec\.ts:\d+$/);
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
