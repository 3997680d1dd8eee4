import { openStore } from './src/stores/store.ts'; import { readCountry } from './src/cli/context.ts';
import { accuracyOf } from './src/report/accuracy.ts'; import { gatherFigures } from './src/report/figures.ts'; import { pageOf } from './src/report/page.ts'; import { writeFileSync, existsSync, readFileSync } from 'node:fs';
const dir = process.argv[2]!; const cache = dir + '.json';
let r: any;
if (existsSync(cache)) r = JSON.parse(readFileSync(cache,'utf8')); else {
const country = await readCountry(dir+'/country/country.yaml'); const store = await openStore({folder: dir+'/data'});
try { r = { devices: 200000, days: {first:'2026-09-01', last:'2026-10-31'}, figures: await gatherFigures(store, {country, date: '2026-11-01' as any}), accuracy: await accuracyOf(store, {truth: dir+'/country/truth.csv', labels: country.conditions.map(c=>c.label)}), refused: [], steps: [{name:'simulate', seconds:7.2}], places: {folder: dir, country:'country/country.yaml', truth:'country/truth.csv', data:'data', lists:'lists/lists_23_20261101', report:'report.html'} }; } finally { await store.close(); }
writeFileSync(cache, JSON.stringify(r)); }
writeFileSync('/tmp/dm/page.html', pageOf(r));
