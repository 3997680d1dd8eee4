// Builds a file of lists in a process of its own: FILE, ROWS, and 'sorted', 'any', or 'nothing' to make the numbers only.
import { Builder } from '../src/eir/memory/build.ts';
import { CLASSES, eachImei } from './imeis.ts';

const [file = '', rows = '0', order = 'sorted'] = process.argv.slice(2);
if (order === 'nothing') {
  let sum = 0;
  eachImei(Number(rows), 'sorted', (imei) => {
    sum += imei;
  });
  process.stdout.write(`${sum}\n`);
} else {
  const of = order === 'any' ? 'any' : 'sorted';
  const builder = new Builder(file, of);
  const classes = CLASSES.map(([bits, reasons]) => builder.classOf(bits, reasons));
  let at = 0;
  eachImei(Number(rows), of, (imei) => {
    builder.add(imei, classes[at % 5] ?? 0);
    at += 1;
  });
  process.stdout.write(JSON.stringify(builder.finish({ state: {} })));
}
