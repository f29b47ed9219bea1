import { withLogFields } from './log-context.js';
import { NestLogger } from './nest-logger.js';
import { PinoLogger } from './pino-logger.js';

type Line = Readonly<Record<string, unknown>>;

function collecting(level: 'debug' | 'info' = 'debug'): { logger: PinoLogger; lines: Line[] } {
  const lines: Line[] = [];
  const write = (text: string): void => void lines.push(JSON.parse(text) as Line);
  return { logger: new PinoLogger({ level }, { instanceId: 'instance-1' }, { write }), lines };
}

const KEY = 'plim_ops_0123456789abcdef0123456789abcdef';

describe('PinoLogger', () => {
  it('writes one JSON line with level, time, instance, message and fields', () => {
    const { logger, lines } = collecting();

    logger.warn('The lock is busy', { waitedMs: 12 });

    expect(lines).toEqual([
      {
        level: 'warn',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT/) as string,
        instanceId: 'instance-1',
        waitedMs: 12,
        msg: 'The lock is busy',
      },
    ]);
  });

  it('carries the fields of the surrounding request, also after an await', async () => {
    const { logger, lines } = collecting();

    await withLogFields({ requestId: 'r1' }, async () => {
      await Promise.resolve();
      logger.info('Inside');
    });
    logger.info('Outside');

    expect(lines.map(({ requestId }) => requestId)).toEqual(['r1', undefined]);
  });

  it('redacts secret fields, URL credentials and API keys, in causes too', () => {
    const { logger, lines } = collecting();
    const cause = new TypeError(`key ${KEY} refused`);

    logger.error('It failed', {
      password: 'p4ss',
      headers: { authorization: `Bearer ${KEY}` },
      err: new TypeError('connect postgres://ann:p4ss@db:5432/x failed', { cause }),
    });

    const text = JSON.stringify(lines);
    expect(text).not.toContain('p4ss');
    expect(text).not.toContain('0123456789abcdef');
    expect(text).toContain('postgres://[redacted]@db:5432/x');
  });

  it('drops what drivers attach to their errors', () => {
    const { logger, lines } = collecting();
    const error = Object.assign(new TypeError('duplicate key'), { code: '23505', parameters: ['private'] });

    logger.error('It failed', { err: error });

    expect(lines[0]?.['err']).toMatchObject({ type: 'TypeError', code: '23505', message: 'duplicate key' });
    expect(JSON.stringify(lines)).not.toContain('private');
  });

  it('ends a chain of causes that bites its own tail', () => {
    const { logger, lines } = collecting();
    const error = new TypeError('loop');
    error.cause = error;

    logger.error('It failed', { err: error });

    expect(lines).toHaveLength(1);
  });

  it('keeps lines below its level to itself', () => {
    const { logger, lines } = collecting('info');

    logger.debug('Per request');

    expect(lines).toEqual([]);
  });
});

describe('NestLogger', () => {
  it('turns the context and the stack into fields, and framework chatter into debug lines', () => {
    const { logger, lines } = collecting();
    const nest = new NestLogger(logger);

    nest.log('Mapped {/x, GET} route', 'RouterExplorer');
    nest.error('Boom', 'Error: Boom\n    at x', 'ExceptionsHandler');

    expect(lines).toMatchObject([
      { level: 'debug', context: 'RouterExplorer', msg: 'Mapped {/x, GET} route' },
      { level: 'error', context: 'ExceptionsHandler', stack: 'Error: Boom\n    at x', msg: 'Boom' },
    ]);
  });
});
