import type { Analytics } from '../../stores/analytics.ts';
import type { Ask } from '../../stores/registry.ts';
import { validOn } from '../../stores/schema.ts';

/** A model as people know it. */
export type ModelName = {
  readonly make: string;
  readonly model: string;
  /** A type approval that is in force names its TAC. */
  readonly approved: boolean;
};

/** The model of a TAC, which is 8 digits as a number. */
export type Models = (tac: number) => ModelName | undefined;

const MOST = 80;
const cut = (text: string): string => (text.length > MOST ? `${text.slice(0, MOST - 1)}…` : text);

/** All models of the TAC database on a day, in memory: a country knows some hundred thousands. */
export async function loadModels({ home }: Pick<Analytics, 'home'>, query: Ask, day: string): Promise<Models> {
  const approved = await approvedOn(query, day);
  const names = new Map<string, string>();
  const once = (text: string): string => {
    const name = cut(text);
    const known = names.get(name);
    if (known === undefined) names.set(name, name);
    return known ?? name;
  };
  const models = new Map<number, ModelName>();
  const rows = await home.query<{ tac: number; make: string; model: string }>(
    `SELECT tac, if(brand = '', manufacturer, brand) AS make, model FROM tac WHERE closed = 0 AND ${validOn(day)}`,
  );
  for (const { tac, make, model } of rows)
    models.set(Number(tac), { make: once(make), model: once(model), approved: approved.has(Number(tac)) });
  return (tac) => models.get(tac);
}

async function approvedOn(query: Ask, day: string): Promise<ReadonlySet<number>> {
  const rows = await query<{ tac: string }>(
    `SELECT DISTINCT t.tac FROM type_approval_tac AS t JOIN type_approval AS a ON a.id = t.approval
    WHERE a.state = 'granted' AND t.since <= $1 AND EXISTS (SELECT 1 FROM type_approval_validity AS v
      WHERE v.approval = a.id AND $1 BETWEEN v.valid_from AND v.valid_to)`,
    [day],
  );
  return new Set(rows.map(({ tac }) => Number(tac)));
}
