import pg from 'pg';
import { AppError } from '../../kernel/app-error.js';
import {
  DatabaseUnavailableError,
  StatementTimeoutError,
  TransactionConflictError,
} from '../../platform/database/index.js';
import { classifyError, rowFaultOf } from './error-classes.js';

class RefusedError extends AppError {
  readonly code = 'REFUSED';
  readonly kind = 'conflict';
}

function databaseError(code: string, fields: Partial<pg.DatabaseError> = {}): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError('the reason', 0, 'error'), { code, ...fields });
}

describe('classifyError', () => {
  it.each([
    ['retry-now', ['40001', '40P01']],
    ['retry-smaller', ['55P03', '57014']],
    ['retry', ['08000', '08006', '57P01', '57P03', '57P05', '53300', '25006', '58000']],
    ['retry', ['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENOTFOUND', 'EAI_AGAIN']],
    ['pause', ['53100']],
    ['row', ['22001', '22003', '22P02', '22021', '23502', '23503', '23505', '23514', '23P01']],
    ['stop', ['42P01', '42703', '42501', '28P01', 'XX000', 'XX001', '0A000', 'ENOENT', 'ERR_ASSERTION']],
  ] as const)('says %s to %j', (kind, codes) => {
    for (const code of codes) expect([code, classifyError(databaseError(code))]).toEqual([code, kind]);
  });

  it.each([
    ['retry-now', new TransactionConflictError('40P01', databaseError('40P01'))],
    ['retry-smaller', new TransactionConflictError('55P03', databaseError('55P03'))],
    ['retry-smaller', new StatementTimeoutError(databaseError('57014'))],
    ['retry', new DatabaseUnavailableError('57P01', databaseError('57P01'))],
    [
      'retry',
      new DatabaseUnavailableError('the connection was lost', new TypeError('Connection terminated')),
    ],
    ['retry', new DatabaseUnavailableError('nothing known')],
    [
      'row',
      new RefusedError(
        'wrapped twice',
        {},
        { cause: new RefusedError('', {}, { cause: databaseError('23505') }) },
      ),
    ],
    ['stop', new RefusedError('our own')],
    ['stop', new TypeError('a mistake of ours')],
    ['stop', 'a text'],
    ['stop', null],
    ['stop', { code: 42 }],
  ])('says %s to %p', (kind, error) => {
    expect(classifyError(error)).toBe(kind);
  });

  it('ends at causes that go in a circle', () => {
    const error = new TypeError('its own cause');
    error.cause = error;

    expect(classifyError(error)).toBe('stop');
  });
});

describe('rowFaultOf', () => {
  it('has what the database says of the record, and the line of COPY', () => {
    const error = databaseError('22003', {
      column: 'size',
      where: 'SQL function "f"\nCOPY things, line 17, column size: "9e9"',
    });

    expect(rowFaultOf(error)).toEqual({ sqlState: '22003', column: 'size', message: 'the reason', line: 17 });
  });

  it('has no line when the database gives none', () => {
    const error = new RefusedError(
      '',
      {},
      { cause: databaseError('23503', { constraint: 'things_owner_id_fkey' }) },
    );

    expect(rowFaultOf(error)).toEqual({
      sqlState: '23503',
      constraint: 'things_owner_id_fkey',
      message: 'the reason',
    });
  });

  it('finds the line of a table whose name has spaces', () => {
    expect(rowFaultOf(databaseError('22P02', { where: 'COPY all my things, line 3' }))).toMatchObject({
      line: 3,
    });
  });

  it.each([databaseError('42P01'), databaseError('40001'), new TypeError('x'), undefined])(
    'is nothing for %p',
    (error) => {
      expect(rowFaultOf(error)).toBeUndefined();
    },
  );
});
