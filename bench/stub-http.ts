/**
 * An HTTP/1.1 server of the least that a load test needs: keep-alive, bodies of a declared length, answers of one write.
 *
 * Entry point: `serveHttp`. About half the cost of `node:http` for a small request, so that the stub leaves the
 * processor to what is measured. It takes no chunked request and no body that is not Latin-1.
 */
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface HttpRequest {
  readonly method: string;
  readonly path: string;
  /** Of the address and, for a form, of the body. */
  readonly parameters: Readonly<Record<string, string>>;
  /** The header `X-MBX-APIKEY`; empty where it is missing. */
  readonly apiKey: string;
  readonly body: string;
}

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
}

const HEAD_END = '\r\n\r\n';
const LONGEST_HEAD = 65_536;
const REASONS: Readonly<Record<number, string>> = { 200: 'OK', 400: 'Bad Request', 404: 'Not Found' };

/** Listens on a free port of the loopback interface. */
export async function serveHttp(answer: (request: HttpRequest) => HttpAnswer): Promise<{
  readonly server: Server;
  readonly port: number;
}> {
  const server = createServer({ noDelay: true }, (socket) => serveSocket(socket, answer));
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function serveSocket(socket: Socket, answer: (request: HttpRequest) => HttpAnswer): void {
  let pending = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk: Buffer) => {
    pending = pending === '' ? chunk.toString('latin1') : pending + chunk.toString('latin1');
    for (;;) {
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0) {
        if (pending.length > LONGEST_HEAD) socket.destroy();
        return;
      }
      const head = pending.slice(0, headEnd);
      const bodyStart = headEnd + HEAD_END.length;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? 0);
      if (pending.length < bodyStart + length) return;
      const body = pending.slice(bodyStart, bodyStart + length);
      pending = pending.slice(bodyStart + length);
      const { status, body: text } = answer(readRequest(head, body));
      socket.write(
        `HTTP/1.1 ${status} ${REASONS[status] ?? 'Error'}\r\nContent-Type: application/json\r\nContent-Length: ${text.length}\r\n\r\n${text}`,
        'latin1',
      );
    }
  });
}

function readRequest(head: string, body: string): HttpRequest {
  const methodEnd = head.indexOf(' ');
  const target = head.slice(methodEnd + 1, head.indexOf(' ', methodEnd + 1));
  const queryStart = target.indexOf('?');
  const parameters: Record<string, string> = {};
  if (queryStart >= 0) readForm(target.slice(queryStart + 1), parameters);
  if (body !== '' && !body.startsWith('{')) readForm(body, parameters);
  return {
    method: head.slice(0, methodEnd),
    path: queryStart < 0 ? target : target.slice(0, queryStart),
    parameters,
    apiKey: /\r\nx-mbx-apikey: *([^\r]+)/i.exec(head)?.[1] ?? '',
    body,
  };
}

function readForm(text: string, into: Record<string, string>): void {
  for (const part of text.split('&')) {
    const middle = part.indexOf('=');
    if (middle < 0) continue;
    const value = part.slice(middle + 1);
    into[part.slice(0, middle)] = value.includes('%') ? decodeURIComponent(value) : value;
  }
}
