/**
 * Answers bytes that are no request (broken HTTP, headers too large, a request that does not end) as every other error is
 * answered: with a problem document.
 *
 * Entry point: `answerWireFault`.
 */
import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { Problem, problemDocument } from './problem.ts';

/** Writes the answer and ends the connection: its further bytes cannot be read as requests. */
export function answerWireFault(error: Error, socket: Socket, requestId: string): void {
  const code = 'code' in error ? error.code : undefined;
  if (code === 'ECONNRESET' || socket.destroyed || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = wireProblem(code);
  const body = JSON.stringify(problemDocument(problem, requestId));
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? ''}`,
      'Content-Type: application/problem+json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      `X-Request-Id: ${requestId}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function wireProblem(code: unknown): Problem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return new Problem('headers_too_large', 'The request line and the headers are too large.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new Problem('request_timeout', 'The request did not end in time.');
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return new Problem('body_too_large', 'The chunk extensions are too large.');
    default:
      return new Problem('invalid_request', 'The bytes on the connection are no HTTP request.');
  }
}
