import { ConnectionError } from 'sequelize';
import { DatabaseUnavailableError, isConnectionLost, translate } from './errors.js';

function failure(code: string): unknown {
  return translate(Object.assign(new TypeError('failed'), { code }));
}

describe('isConnectionLost', () => {
  it('tells connections that broke or could not be had from servers that refuse', () => {
    const codes = ['57P01', '08006', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', '25006', '57P04'];

    const lost = codes.filter((code) => isConnectionLost(failure(code)));

    expect(lost).toEqual(['57P01', '08006', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN']);
    expect(codes.map(failure).every((error) => error instanceof DatabaseUnavailableError)).toBe(true);
  });
});

describe('translate', () => {
  it.each([
    ['28P01', 'it refuses this user or password (28P01)'],
    ['3D000', 'it has no database of this name (3D000)'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'its TLS certificate is not trusted (SELF_SIGNED_CERT_IN_CHAIN)'],
    ['XX000', 'no connection could be had'],
  ])('says why a connection with %s could not be had, without names', (code, reason) => {
    const refused = Object.assign(new TypeError('password of "owner" failed'), { code });

    expect(translate(new ConnectionError(refused))).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      details: { reason },
    });
  });
});
