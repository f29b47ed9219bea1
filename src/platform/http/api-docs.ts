import { createRequire } from 'node:module';
import { dirname, extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { type RequestHandler, Router, static as serveFolder } from 'express';
import { describeAnswers } from './openapi-answers.js';
import { addExamples } from './openapi-examples.js';
import { describeRequests } from './openapi-requests.js';
import { addSummaries } from './openapi-summaries.js';

/** The documents of this version, as they lie beside the built code. */
const GUIDES_DIR = fileURLToPath(new URL('../../../docs/', import.meta.url));

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <title>Plimsoll API</title>
    <link rel="stylesheet" href="/docs/assets/swagger-ui.css" />
  </head>
  <body>
    <div id="swagger-ui"></div>
    <script src="/docs/assets/swagger-ui-bundle.js"></script>
    <script src="/docs/page.js"></script>
  </body>
</html>
`;

const PAGE_SCRIPT = `SwaggerUIBundle({ url: '/docs/openapi.json', dom_id: '#swagger-ui', deepLinking: true });\n`;

/**
 * Serves /docs and /docs/openapi.json, and the pages of docs/ beside them: notifications link to their runbook. The document is built at the first request: the generator would
 * cost every start about 12 MB and 0.2 s.
 */
export function mountApiDocs(app: NestExpressApplication): void {
  let text: Promise<string> | undefined;
  const server = app.getHttpAdapter().getInstance();
  server.get('/docs/openapi.json', async (_request, response) => {
    text ??= renderOpenApi(app).catch((error: unknown) => {
      // The next request tries again.
      text = undefined;
      throw error;
    });
    response.type('application/json').send(await text);
  });
  server.get('/docs/page.js', (_request, response) => void response.type('js').send(PAGE_SCRIPT));
  server.get('/docs', (_request, response) => void response.type('html').send(PAGE));
  server.use('/docs/assets', pageAssets());
  server.use('/docs', guides());
}

/** As plain text, which browsers show instead of saving it. */
function guides(): RequestHandler {
  return serveFolder(GUIDES_DIR, {
    index: false,
    redirect: false,
    setHeaders: (response, path) => {
      if (extname(path) === '.md') response.setHeader('Content-Type', 'text/plain; charset=utf-8');
    },
  });
}

async function renderOpenApi(app: NestExpressApplication): Promise<string> {
  return JSON.stringify(await buildOpenApi(app));
}

/** The OpenAPI 3.1 document of all controllers. */
export async function buildOpenApi(app: NestExpressApplication): Promise<OpenAPIObject> {
  const { DocumentBuilder, SwaggerModule } = await import('@nestjs/swagger');
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Plimsoll')
    .setDescription('Measurements in, statistics out in milliseconds.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'plim_<id>_<secret>' })
    .addSecurityRequirements('bearer')
    .build();
  const document = describeRequests(SwaggerModule.createDocument(app, config), app);
  return addSummaries(addExamples(describeAnswers(document), app));
}

/** The page's script and style, from the package that the generator brings along. */
function pageAssets(): Router {
  const router = Router();
  let folder: RequestHandler | undefined;
  router.use((request, response, next) => {
    folder ??= serveFolder(assetsFolder(), { index: false, maxAge: '1d' });
    folder(request, response, next);
  });
  return router;
}

function assetsFolder(): string {
  const generator = createRequire(import.meta.url).resolve('@nestjs/swagger');
  return dirname(join(createRequire(generator).resolve('swagger-ui-dist/package.json')));
}
