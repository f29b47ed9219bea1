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
