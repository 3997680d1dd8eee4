import { type Html, html } from './html.ts';
import { grouped } from './write.ts';

/** One column of a table: its head, and what stands in it. Numbers are grouped and stand to the right. */
export type Column<T> = { readonly head: string; readonly cell: (row: T) => string | number; readonly right?: boolean };

/** A table whose first column names its rows; where it is wider than the page, it scrolls by itself. */
export function tableOf<T>(caption: string, columns: readonly Column<T>[], rows: readonly T[]): Html {
  const head = columns.map(({ head, right }) =>
    right === true ? html`<th scope="col" class="number">${head}</th>` : html`<th scope="col">${head}</th>`,
  );
  const body = rows.map(
    (row) => html`<tr>${columns.map((column, at) => cellOf(column, { row, names: at === 0 }))}</tr>\n`,
  );
  return html`<div class="scroll" role="region" aria-label="${caption}" tabindex="0"><table>
<thead><tr>${head}</tr></thead>
<tbody>${body}</tbody>
</table></div>`;
}

function cellOf<T>({ cell, right }: Column<T>, { row, names }: { readonly row: T; readonly names: boolean }): Html {
  const value = cell(row);
  const text = typeof value === 'number' ? grouped(value) : value;
  if (names) return html`<th scope="row">${text}</th>`;
  return right === true ? html`<td class="number">${text}</td>` : html`<td>${text}</td>`;
}
