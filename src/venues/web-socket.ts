/**
 * A WebSocket over a real connection.
 *
 * Entry point: `openWebSocket`.
 */
import { WebSocket } from 'ws';
import type { RawData } from 'ws';
import type { WebSocketHandlers, WebSocketLike } from './platform.ts';

/** A venue's own messages stay far below this. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** As `Transport.webSocket`. */
export function openWebSocket(
  url: string,
  handshakeTimeoutMs: number,
  handlers: WebSocketHandlers,
): WebSocketLike {
  const socket = new WebSocket(url, {
    handshakeTimeout: handshakeTimeoutMs,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
    skipUTF8Validation: false,
  });
  socket.on('open', () => {
    handlers.onOpen();
  });
  socket.on('message', (data: RawData, isBinary: boolean) => {
    if (isBinary) handlers.onBinaryMessage(bytesOf(data));
    else handlers.onMessage(bytesOf(data).toString('utf8'));
  });
  socket.on('ping', () => {
    handlers.onLife();
  });
  socket.on('pong', () => {
    handlers.onLife();
  });
  socket.on('error', (error) => {
    handlers.onError(error);
  });
  socket.on('close', (code, reason) => {
    handlers.onClose(code, reason.toString());
  });
  return {
    get isOpen() {
      return socket.readyState === WebSocket.OPEN;
    },
    send: (message) => {
      socket.send(message);
    },
    ping: () => {
      socket.ping();
    },
    terminate: () => {
      socket.removeAllListeners();
      // An error of a socket that nobody listens to any more would end the process.
      socket.on('error', ignoreLateError);
      socket.terminate();
    },
  };
}

function ignoreLateError(_error: Error): void {
  return undefined;
}

function bytesOf(data: RawData): Buffer {
  if (Array.isArray(data)) return Buffer.concat(data);
  return data instanceof ArrayBuffer ? Buffer.from(data) : data;
}
