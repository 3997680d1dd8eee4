import { readFile } from 'node:fs/promises';
import { simulate } from './src/simulator/simulate.ts';
import { openStore } from './src/stores/store.ts';
import { readCountry } from './src/cli/context.ts';
import { importList } from './src/reference/import.ts';
import { importOperator } from './src/observations/import.ts';
import { classify } from './src/decisions/classify.ts';
import { generateLists } from './src/lists/generate.ts';
import { accuracyOf, precisionOf, recallOf, writeShare } from './src/report/accuracy.ts';
import { gatherFigures } from './src/report/figures.ts';
import { addDays } from './src/calendar/day.ts';
import { rmSync } from 'node:fs';
const dir = process.argv[2]!; const n = Number(process.argv[3]);
rmSync(dir, {recursive:true, force:true});
let t = performance.now(); const lap = (s: string) => { console.log(s.padEnd(20), ((performance.now()-t)/1000).toFixed(2)); t = performance.now(); };
const s = await simulate(dir+'/country', {devices: n, months: 2, seed: 1}); lap('simulate');
const country = await readCountry(s.country);
const store = await openStore({folder: dir+'/data'}); lap('open');
try {
for (const [kind, file] of [['tac', s.lists.tac], ...Object.entries(s.lists).filter(([k])=>k!=='tac'), ['cell', s.cells]] as any) { await importList(store, {kind: kind==='cell'?'cells':kind, files:[file], country, date: s.firstDay}); lap('list '+kind); }
for (const op of country.operators) {
 await importOperator(store, {country, operator: op.id, files: s.operatorFiles.filter(f=>f.operator===op.id).map(f=>f.file)}); lap('operator '+op.id);
 await importOperator(store, {country, operator: op.id, files: s.eventFiles.filter(f=>f.operator===op.id).map(f=>f.file)}); lap('events '+op.id);
}
const date = addDays(s.lastDay, 1);
const c = await classify(store, {country, date}); lap('classify');
for (const x of c.conditions) console.log(' ', x.label, x.matched, x.seconds, x.refused?.message ?? '');
const r = await generateLists(store, {country, day: date, out: dir+'/lists', format: 'openceir'}); lap('lists');
const a = await accuracyOf(store, {truth: s.truth, labels: country.conditions.map(x=>x.label)}); lap('accuracy');
for (const x of a) console.log(x.label.padEnd(26), x.actual, x.found, x.hits, writeShare(precisionOf(x)), writeShare(recallOf(x)));
const f = await gatherFigures(store, {country, date}); lap('figures');
console.log(JSON.stringify(f, null, 1).replaceAll(/\n\s{3,}/g,' '));
} finally { await store.close(); lap('close'); }
