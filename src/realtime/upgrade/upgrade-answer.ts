import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import type { AppError } from '../../kernel/app-error.js';
import { PROBLEM_CONTENT_TYPE, problemHeaders, statusOf, toProblem } from '../../platform/http/index.js';

/** Answers an upgrade that is refused as any other request, and ends the connection; nothing when that was done. */
export function refuseUpgrade(
  socket: Duplex,
  error: AppError,
  path: string,
  more: Readonly<Record<string, string>> = {},
): void {
  if (!socket.writable) return;
  const status = statusOf(error);
  const body = JSON.stringify(toProblem(error, { path }));
  const headers = {
    ...problemHeaders(error),
    ...more,
    'Content-Type': PROBLEM_CONTENT_TYPE,
    'Content-Length': String(Buffer.byteLength(body)),
    Connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const head = [`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Error'}`, ...lines, '', ''].join('\r\n');
  socket.once('finish', () => socket.destroy());
  socket.end(head + body);
}
