import type { Tac } from '../identifiers/tac.ts';
import type { Analytics } from '../stores/analytics.ts';
import type { ModelFacts, Models } from './checks.ts';

type Row = {
  readonly tac: number;
  readonly manufacturer: string;
  readonly model: string;
  readonly slots: number;
  readonly other: string;
};

/** Headers of the GSMA's file that no column goes by, as the list `tac` keeps them: lower case, blanks as `_`. */
const QUANTITY = ['imei_quantity_support', 'imei_quantity', 'imei_quantity_supported'];
const EUICCS = ['removable_euicc', 'nonremovable_euicc', 'non-removable_euicc', 'non_removable_euicc'];

/** What the TAC list says of models now. TACs that it does not have are left out. */
export async function modelFacts({ home }: Pick<Analytics, 'home'>, tacs: readonly Tac[]): Promise<Models> {
  if (tacs.length === 0) return new Map();
  const keys = [...new Set(tacs)].map(Number).join(', ');
  const rows = await home.query<Row>(
    `SELECT tac, manufacturer, model, slots, other FROM tac WHERE closed = 0 AND tac IN (${keys})`,
  );
  return new Map(rows.map((row) => [String(row.tac).padStart(8, '0') as Tac, factsOf(row)]));
}

function factsOf({ manufacturer, model, slots, other }: Row): ModelFacts {
  const columns = other === '' ? {} : (JSON.parse(other) as Readonly<Record<string, string>>);
  const euiccs = EUICCS.flatMap((name) => count(columns[name]) ?? []);
  return {
    manufacturer,
    model,
    slots: slots === 0 ? undefined : slots,
    imeiQuantity: QUANTITY.map((name) => count(columns[name])).find((found) => found !== undefined && found > 0),
    euiccs: euiccs.length === 0 ? undefined : euiccs.reduce((sum, one) => sum + one, 0),
  };
}

/** The file has numbers, blanks, and «Not Known». */
const count = (text: string | undefined): number | undefined =>
  text !== undefined && /^\s*\d{1,2}\s*$/.test(text) ? Number(text) : undefined;
