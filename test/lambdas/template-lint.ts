import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import type { Property, PropertyType, Resource, SpecDatabase } from '@aws-cdk/service-spec-types';

/** A CloudFormation template as JSON. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, unknown>>;
  readonly Conditions?: Readonly<Record<string, unknown>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
  readonly Outputs?: Readonly<Record<string, unknown>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Record<string, unknown>;
  readonly DependsOn?: string | readonly string[];
  readonly Condition?: string;
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isIntrinsic = (value: unknown): value is Fields => {
  if (!isObject(value)) return false;
  const [only, ...more] = Object.keys(value);
  return more.length === 0 && (only === 'Ref' || only === 'Condition' || (only?.startsWith('Fn::') ?? false));
};

const PRIMITIVES: Readonly<Record<string, (value: unknown) => boolean>> = {
  string: (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  integer: (value) => Number.isInteger(Number(value)),
  number: (value) => Number.isFinite(Number(value)),
  boolean: (value) => typeof value === 'boolean' || value === 'true' || value === 'false',
  'date-time': (value) => typeof value === 'string',
  json: (value) => isObject(value) || typeof value === 'string',
};

/** Checks values against the registry's types. */
class Shapes {
  readonly #database: SpecDatabase;
  constructor(database: SpecDatabase) {
    this.#database = database;
  }

  fields(value: Fields, properties: Readonly<Record<string, Property>>, place: string): readonly string[] {
    const unknown = Object.keys(value).filter((name) => !(name in properties));
    const missing = Object.entries(properties).filter(([name, { required }]) => required && !(name in value));
    const inner = Object.entries(value).flatMap(([name, field]) => {
      const property = properties[name];
      return property ? this.value(field, property.type, `${place}.${name}`) : [];
    });
    return [
      ...unknown.map((name) => `${place}: unknown property ${name}`),
      ...missing.map(([name]) => `${place}: missing property ${name}`),
      ...inner,
    ];
  }

  value(value: unknown, type: PropertyType, place: string): readonly string[] {
    if (isIntrinsic(value)) return [];
    if (type.type === 'array') {
      if (!Array.isArray(value)) return [`${place}: not a list`];
      return value.flatMap((item, index) => this.value(item, type.element, `${place}[${index}]`));
    }
    if (type.type === 'map') {
      if (!isObject(value)) return [`${place}: not a map`];
      return Object.entries(value).flatMap(([name, item]) => this.value(item, type.element, `${place}.${name}`));
    }
    if (type.type === 'ref') {
      if (!isObject(value)) return [`${place}: not an object`];
      return this.fields(value, this.#database.get('typeDefinition', type.reference.$ref).properties, place);
    }
    if (type.type === 'union') {
      const each = type.types.map((one) => this.value(value, one, place));
      return each.some((findings) => findings.length === 0) ? [] : (each[0] ?? []);
    }
    const check = PRIMITIVES[type.type];
    if (check && !check(value)) return [`${place}: not of type ${type.type}`];
    const allowed: readonly unknown[] = ('allowedValues' in type && type.allowedValues) || [];
    if (allowed.length > 0 && !allowed.includes(value)) return [`${place}: ${String(value)} is not allowed`];
    return [];
  }
}

interface Reference {
  readonly name: string;
  readonly attribute?: string;
  readonly place: string;
}

function inText(text: string, place: string): readonly Reference[] {
  return [...text.matchAll(/\$\{([^!}][^}]*)\}/g)].map(([, name = '']) => {
    const [resource = '', ...attribute] = name.trim().split('.');
    return { name: resource, place, ...(attribute.length > 0 ? { attribute: attribute.join('.') } : {}) };
  });
}

/** Every Ref, GetAtt and Sub below a value. */
function referencesIn(value: unknown, place: string): readonly Reference[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => referencesIn(item, `${place}[${index}]`));
  if (!isObject(value)) return [];
  if (typeof value.Ref === 'string') return [{ name: value.Ref, place }];
  const got = value['Fn::GetAtt'];
  if (got !== undefined) {
    const [name = '', ...attribute] = Array.isArray(got) ? got.map(String) : String(got).split('.');
    return [{ name, attribute: attribute.join('.'), place }];
  }
  const sub = value['Fn::Sub'];
  if (typeof sub === 'string') return inText(sub, place);
  return Object.entries(value).flatMap(([name, item]) => referencesIn(item, `${place}.${name}`));
}

function danglingReferences(template: Template, resourceOf: (type: string) => Resource | undefined): readonly string[] {
  const { Resources, Parameters = {}, Conditions = {}, Outputs = {} } = template;
  const problem = ({ name, attribute, place }: Reference): readonly string[] => {
    if (name.startsWith('AWS::') || name in Parameters) return [];
    const resource = Resources[name];
    if (!resource) return [`${place}: there is no ${name}`];
    if (attribute === undefined) return [];
    const known = resourceOf(resource.Type);
    return known && !(attribute in known.attributes) && !(attribute in known.properties)
      ? [`${place}: ${name} has no attribute ${attribute}`]
      : [];
  };
  const references = [...referencesIn(Resources, 'Resources'), ...referencesIn(Outputs, 'Outputs')];
  const depends = Object.entries(Resources).flatMap(([name, { DependsOn = [], Condition }]) => [
    ...[DependsOn]
      .flat()
      .filter((other) => !(other in Resources))
      .map((other) => `${name}: depends on ${other}, which is not there`),
    ...(Condition !== undefined && !(Condition in Conditions) ? [`${name}: there is no condition ${Condition}`] : []),
  ]);
  return [...references.flatMap(problem), ...depends];
}

export type Lint = (template: Template) => readonly string[];

/** Checks a template against the CloudFormation registry: types, properties, references. Loading the registry takes a second. */
export async function loadTemplateLint(): Promise<Lint> {
  const database = await loadAwsServiceSpec();
  const shapes = new Shapes(database);
  const resourceOf = (type: string) => database.lookup('resource', 'cloudFormationType', 'equals', type)[0];
  return (template) => {
    const findings = Object.entries(template.Resources).flatMap(([name, { Type, Properties = {} }]) => {
      const resource = resourceOf(Type);
      return resource ? shapes.fields(Properties, resource.properties, name) : [`${name}: unknown type ${Type}`];
    });
    return [...findings, ...danglingReferences(template, resourceOf)];
  };
}
