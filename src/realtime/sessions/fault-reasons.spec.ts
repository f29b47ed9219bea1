import { reasonOfFault } from './fault-reasons.js';

describe('reasonOfFault', () => {
  it.each([
    ['WS_ERR_INVALID_UTF8', 'FRAME_NOT_UTF8'],
    ['WS_ERR_UNSUPPORTED_DATA_PAYLOAD_LENGTH', 'FRAME_TOO_LARGE'],
    ['WS_ERR_TOO_MANY_BUFFERED_PARTS', 'FRAME_IN_PIECES'],
    ['WS_ERR_EXPECTED_MASK', 'PROTOCOL_BROKEN'],
    ['Z_DATA_ERROR', 'FRAME_NOT_UTF8'],
    ['ECONNRESET', undefined],
    [undefined, undefined],
  ])('calls %s %s', (code, reason) => {
    expect(reasonOfFault(code)).toBe(reason);
  });
});
