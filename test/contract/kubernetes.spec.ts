import type { Deployment } from 'kubernetes-types/apps/v1.js';
import type { HorizontalPodAutoscaler } from 'kubernetes-types/autoscaling/v2.js';
import type { Job } from 'kubernetes-types/batch/v1.js';
import type {
  ConfigMap,
  Container,
  Namespace,
  PodSpec,
  PodTemplateSpec,
  Secret,
  Service,
} from 'kubernetes-types/core/v1.js';
import type { NetworkPolicy } from 'kubernetes-types/networking/v1.js';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.js';
import { Environment } from '../../src/config/environment.js';
import { readSettings } from '../../src/config/index.js';
import {
  baseFiles,
  builtByKubectl,
  invalidValues,
  type Manifest,
  readKustomization,
  readManifests,
  typeErrors,
} from '../support/manifests.js';
import { readText } from '../support/source-files.js';

/** Jobs and connections each get this long to end (BackgroundJobs, DatabaseModule), and clients of the gateway a goodbye (Drain). */
const CLOSING_MS = 2 * 5_000 + 2_500;
/** Of a PostgreSQL as it is installed: 100, three of them for superusers. */
const SERVER_CONNECTIONS = 97;
/** Beside the pool: what an instance watches the server with. */
const WATCHING_CONNECTIONS = 4;

const kustomization = readKustomization();
const manifests = readManifests(kustomization.resources);
const secret = readManifests(['secret.template.yaml'])[0] as unknown as Secret;
const dockerfile = readText('Dockerfile');
/** Paths of GET routes; the page is compared with the application by the contract test of the routes. */
const routes = [...readText('docs/reference/api.md').matchAll(/^\| `GET ([^`]+)` \|/gm)].map(
  ([, path]) => path,
);

type Labels = Readonly<Record<string, string>>;

interface Kinds {
  readonly ConfigMap: ConfigMap;
  readonly Deployment: Deployment;
  readonly HorizontalPodAutoscaler: HorizontalPodAutoscaler;
  readonly Job: Job;
  readonly Namespace: Namespace;
  readonly NetworkPolicy: NetworkPolicy;
  readonly PodDisruptionBudget: PodDisruptionBudget;
  readonly Service: Service;
}

function the<Kind extends keyof Kinds>(kind: Kind): Kinds[Kind] {
  return manifests.find((manifest) => manifest.kind === kind) as unknown as Kinds[Kind];
}

const config = the('ConfigMap');
const deployment = the('Deployment');
const job = the('Job');
const podTemplates = [deployment.spec?.template, job.spec?.template];
const podSpecs = podTemplates.flatMap((template): PodSpec[] =>
  template?.spec === undefined ? [] : [template.spec],
);
const [server, migration] = podSpecs.map(({ containers }) => containers[0]) as [Container, Container];

/** Settings of an instance there, on top of the image's. */
function settings() {
  const pairs = /^ENV (.+)$/m.exec(dockerfile)?.[1]?.split(' ') ?? [];
  const image = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]));
  return readSettings({ ...image, ...config.data });
}

function labelsOf(template: PodTemplateSpec | undefined): Labels {
  return template?.metadata?.labels ?? {};
}

function matches(selector: Labels | undefined, labels: Labels): boolean {
  return selector !== undefined && Object.entries(selector).every(([name, value]) => labels[name] === value);
}

describe('k8s/base as Kubernetes reads it', () => {
  it('names every file but the template of the secret', () => {
    const others = ['kustomization.yaml', 'secret.template.yaml'];

    expect([...kustomization.resources].sort()).toEqual(
      baseFiles()
        .filter((name) => !others.includes(name))
        .sort(),
    );
  });

  it('has values that the schemas of Kubernetes accept', () => {
    const all = [...manifests, secret as unknown as Manifest];

    expect(all.map((manifest) => invalidValues(manifest)).filter(Boolean)).toEqual([]);
  });

  it('has keys and types that the types of Kubernetes know', () => {
    expect(typeErrors([...manifests, secret as unknown as Manifest])).toEqual([]);
  });

  it('would be refused with a wrong value or an unknown key (control)', () => {
    const text = JSON.stringify(deployment);
    const wrong = JSON.parse(text.replace('"containerPort":3000', '"containerPort":"http"')) as Manifest;
    const unknown = JSON.parse(text.replace('"readinessProbe"', '"readynessProbe"')) as Manifest;

    expect(invalidValues(wrong)).toContain('must be integer');
    expect(typeErrors([unknown]).join()).toContain('readynessProbe');
  });

  const built = builtByKubectl();
  // Where kubectl is installed; elsewhere the report says that it was left out.
  (built === undefined ? it.skip : it)('is built by kubectl kustomize, all of it in one namespace', () => {
    expect(built?.map(({ kind }) => kind).sort()).toEqual(manifests.map(({ kind }) => kind).sort());
    for (const { kind, metadata } of built ?? []) {
      expect(metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'plimsoll' });
      if (kind !== 'Namespace') expect(metadata.namespace).toBe(kustomization.namespace);
    }
  });
});

describe('k8s/base and the application', () => {
  it('sets variables that exist, to values that are accepted', () => {
    const known = Object.keys(Environment.shape);
    const names = [...Object.keys(config.data ?? {}), ...Object.keys(secret.stringData ?? {})];

    expect(names.filter((name) => !known.includes(name))).toEqual([]);
    expect(() => settings()).not.toThrow();
    for (const { envFrom } of [server, migration]) {
      expect(envFrom).toEqual([
        { configMapRef: { name: config.metadata?.name } },
        { secretRef: { name: secret.metadata?.name } },
      ]);
    }
  });

  it('probes routes on the port that the image listens on', () => {
    const { startupProbe, readinessProbe, livenessProbe } = server;
    const probes = [startupProbe, readinessProbe, livenessProbe].map((probe) => probe?.httpGet);

    expect(server.ports).toEqual([{ name: 'http', containerPort: settings().http.port }]);
    expect(probes.map((probe) => probe?.port)).toEqual(['http', 'http', 'http']);
    expect(probes.map((probe) => probe?.path)).toEqual(['/livez', '/readyz', '/livez']);
    expect(routes).toEqual(expect.arrayContaining(['/livez', '/readyz']));
  });

  it('runs a command of the image for the migration', () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: Record<string, string> };

    expect(migration.command?.join(' ')).toBe(scripts['migrate']);
    expect(migration.image).toBe(server.image);
  });

  it('gives a stopping pod more time than it takes', () => {
    const { shutdownNotReadyMs, shutdownDeadlineMs } = settings().http;
    const graceMs = (podSpecs[0]?.terminationGracePeriodSeconds ?? 0) * 1_000;

    expect(graceMs).toBeGreaterThan(shutdownNotReadyMs + shutdownDeadlineMs + CLOSING_MS);
  });

  it('has connections and memory enough for what its settings allow', () => {
    const { database, batch } = settings();
    const { maxReplicas = 0 } = the('HorizontalPodAutoscaler').spec ?? {};

    expect(server.resources?.limits).toEqual({ memory: '1Gi' });
    expect(batch.maxRssBytes).toBeLessThan(2 ** 30);
    // An update has one instance more for a while.
    expect((maxReplicas + 1) * (database.poolMax + WATCHING_CONNECTIONS)).toBeLessThan(
      SERVER_CONNECTIONS + 2,
    );
  });
});

describe('k8s/base by itself', () => {
  it('selects the pods of the server, and not that of the migration', () => {
    const [serverLabels = {}, jobLabels = {}] = podTemplates.map((template) => labelsOf(template));
    const selectors = [
      the('Service').spec?.selector,
      the('PodDisruptionBudget').spec?.selector?.matchLabels,
      deployment.spec?.selector.matchLabels,
      ...(podSpecs[0]?.topologySpreadConstraints ?? []).map(
        ({ labelSelector }) => labelSelector?.matchLabels,
      ),
    ];

    expect(selectors).toHaveLength(5);
    for (const labels of selectors) {
      expect([matches(labels, serverLabels), matches(labels, jobLabels)]).toEqual([true, false]);
    }
  });

  it('lets requests in at the port of the server, for both kinds of pods', () => {
    const { ports = [] } = the('Service').spec ?? {};
    const { podSelector, ingress = [] } = the('NetworkPolicy').spec ?? {};

    expect(ports.map(({ targetPort }) => targetPort)).toEqual(server.ports?.map(({ name }) => name));
    expect(the('Service').spec?.sessionAffinity).toBe('None');
    expect(podTemplates.map((template) => matches(podSelector?.matchLabels, labelsOf(template)))).toEqual([
      true,
      true,
    ]);
    expect(ingress.flatMap((rule) => (rule.ports ?? []).map(({ port }) => port))).toEqual(
      server.ports?.map(({ containerPort }) => containerPort),
    );
  });

  it('scales the deployment, and leaves the number of pods to that', () => {
    const { scaleTargetRef, minReplicas } = the('HorizontalPodAutoscaler').spec ?? {};

    expect(scaleTargetRef).toMatchObject({ kind: 'Deployment', name: deployment.metadata?.name });
    expect(deployment.spec).not.toHaveProperty('replicas');
    expect(minReplicas).toBeGreaterThan(1);
    // Utilisation is of what a container requests.
    expect(server.resources?.requests).toHaveProperty('cpu');
  });

  it('runs under the restricted pod security standard, on a root that cannot be written', () => {
    expect(the('Namespace').metadata?.labels).toMatchObject({
      'pod-security.kubernetes.io/enforce': 'restricted',
    });
    for (const { securityContext, automountServiceAccountToken, containers } of podSpecs) {
      expect(securityContext).toMatchObject({
        runAsNonRoot: true,
        runAsUser: expect.any(Number) as number,
        seccompProfile: { type: 'RuntimeDefault' },
      });
      expect(automountServiceAccountToken).toBe(false);
      for (const container of containers) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    }
  });
});
