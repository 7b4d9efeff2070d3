import type { App } from '../context.ts';
import { errorDocumentPage } from '../error-document.ts';
import { ERROR_DOCUMENT_PATH } from '../problem.ts';

/** `GET /docs/errors`: every problem code; the `type` of a problem leads to its entry. */
export function errorPageRoute(app: App): void {
  const page = errorDocumentPage();
  app.route({
    method: 'GET',
    url: ERROR_DOCUMENT_PATH,
    schema: { hide: true },
    handler: async (_request, reply) =>
      reply
        .header('Content-Type', 'text/html; charset=utf-8')
        .header('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
        .serializer(String)
        .send(page),
  });
}
