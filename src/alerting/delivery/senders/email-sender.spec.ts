import { smtpPort } from './email-sender.js';

describe('the port of the mail server', () => {
  it.each([
    ['smtp://mail.test:25', 25, false, 25],
    ['smtp://mail.test', undefined, false, 587],
    ['smtps://mail.test', undefined, true, 465],
  ])('of %s', (_url, port, isSecure, expected) => {
    expect(smtpPort(port, isSecure)).toBe(expected);
  });
});
